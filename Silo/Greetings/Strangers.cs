using System.Diagnostics.Metrics;
using System.Net;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Greetings;

/// <summary>
/// Peers whose connections could not be used: counts them by port and cause, remembers the newest by address, and logs some. Memory and log lines are
/// bounded, however many connect. Thread-safe.
/// </summary>
internal sealed class Strangers
{
    /// <summary>The least time between two warnings of the same port and cause.</summary>
    public static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    /// <summary>How long a peer is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(StrangerPort Port, StrangerCause Cause, string Address), (int Count, long LastAt)> _seen = [];
    private readonly Dictionary<(StrangerPort Port, StrangerCause Cause), (long WarnedAt, int Since)> _warned = [];
    private readonly Counter<long> _unusable;
    private readonly TimeProvider _time;
    private readonly ILogger<Strangers> _logger;

    public Strangers(IMeterFactory meters, TimeProvider time, ILogger<Strangers> logger)
    {
        (_time, _logger) = (time, logger);
        _unusable = meters.Create("MetaCollector.Silo").CreateCounter<long>(
            "meta_collector_connections_unusable", null, "Connections that could not be used, by port (broker, replicas) and cause.");
        // Each series starts at 0, so that Prometheus sees the first event as an increase.
        foreach (var cause in Enum.GetValues<StrangerCause>())
        {
            Count(StrangerPort.Broker, cause, 0);
            if (cause != StrangerCause.NotHttp2) Count(StrangerPort.Replicas, cause, 0);
        }
    }

    /// <summary>Reports a connection that could not be used.</summary>
    /// <param name="port">The port.</param>
    /// <param name="cause">The cause.</param>
    /// <param name="peer">The peer's address; null where it is unknown.</param>
    /// <param name="detail">More, for the log; null for nothing.</param>
    public void Came(StrangerPort port, StrangerCause cause, IPAddress? peer, string? detail)
    {
        Count(port, cause, 1);
        var address = peer is null ? "an unknown address" : NodeAddress.Of(peer);
        if (ShallWarn(port, cause, address) is not { } others) return;
        var more = others == 0 ? "" : $" ({others} more like it since the last such line)";
        StrangerLog.Stranger(_logger, $"{StrangerText.Of(port, cause, address)}{(detail is null ? "" : $"; {detail}")}{more}");
    }

    /// <summary>The peers of the last ten minutes, newest first.</summary>
    public IReadOnlyList<StrangerInspection> Recent()
    {
        lock (_lock)
        {
            return
            [
                .. _seen.Where(one => _time.GetElapsedTime(one.Value.LastAt) <= Memory).OrderByDescending(one => one.Value.LastAt).Select(one =>
                    new StrangerInspection(one.Key.Port.ToString(), one.Key.Cause.ToString(), one.Key.Address, one.Value.Count, _time.GetElapsedTime(one.Value.LastAt))),
            ];
        }
    }

    private void Count(StrangerPort port, StrangerCause cause, long count) => _unusable.Add(count,
        new KeyValuePair<string, object?>("port", port.ToString().ToLowerInvariant()), new KeyValuePair<string, object?>("cause", StrangerText.Label(cause)));

    // How many were not logged since the last warning; null where this one is not logged either.
    private int? ShallWarn(StrangerPort port, StrangerCause cause, string address)
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            _seen[(port, cause, address)] = (_seen.GetValueOrDefault((port, cause, address)).Count + 1, now);
            if (_seen.Count > InspectionLimits.Names) _seen.Remove(_seen.MinBy(one => one.Value.LastAt).Key);
            var isFirst = !_warned.TryGetValue((port, cause), out var last);
            if (!isFirst && _time.GetElapsedTime(last.WarnedAt) < BetweenWarnings)
            {
                _warned[(port, cause)] = (last.WarnedAt, last.Since + 1);
                return null;
            }

            _warned[(port, cause)] = (now, 0);
            return last.Since;
        }
    }
}
