using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Conversation.Diagnostics;

/// <summary>
/// Counts and logs unexpected exceptions. The part that reports one goes on from a snapshot or a fresh activation. An unreachable silo or
/// API server is expected, and not reported here. One instance per silo; thread-safe.
/// </summary>
public sealed partial class Faults
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "MetaCollector.Faults";

    private static readonly TimeSpan BetweenErrors = TimeSpan.FromSeconds(10);

    private readonly Counter<long> _healed;
    private readonly TimeProvider _time;
    private readonly ILogger<Faults> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<FaultyPart, long> _loggedAt = [];

    /// <summary>Counts on a meter of <paramref name="meters"/>, and logs to <paramref name="logger"/>.</summary>
    public Faults(IMeterFactory meters, TimeProvider time, ILogger<Faults> logger)
    {
        (_time, _logger) = (time, logger);
        _healed = meters.Create(MeterName).CreateCounter<long>("meta_collector_exceptions_healed_total",
            description: "Unexpected exceptions, by part; each is logged, and the part goes on from a snapshot or a fresh activation.");
        foreach (var part in Enum.GetValues<FaultyPart>()) _healed.Add(0, new KeyValuePair<string, object?>("part", NameOf(part)));
    }

    /// <summary>Counts an exception and logs it: as an error, or at debug level if the same part logged an error in the last 10 s.</summary>
    /// <param name="part">The part that threw it.</param>
    /// <param name="about">What the part was working on, e.g. <c>namespace shop</c>.</param>
    /// <param name="exception">The exception.</param>
    public void Healed(FaultyPart part, string about, Exception exception)
    {
        var name = NameOf(part);
        _healed.Add(1, new KeyValuePair<string, object?>("part", name));
        LogFault(_logger, IsRepeated(part) ? LogLevel.Debug : LogLevel.Error, name, about, exception);
    }

    private bool IsRepeated(FaultyPart part)
    {
        lock (_lock)
        {
            if (_loggedAt.TryGetValue(part, out var at) && _time.GetElapsedTime(at) < BetweenErrors) return true;
            _loggedAt[part] = _time.GetTimestamp();
            return false;
        }
    }

    private static string NameOf(FaultyPart part) => part switch
    {
        FaultyPart.NamespaceGrain => "namespace_grain",
        FaultyPart.NodeGrain => "node_grain",
        FaultyPart.Gateway => "gateway",
        FaultyPart.Pump => "pump",
        FaultyPart.Subscription => "subscription",
        FaultyPart.Verification => "verification",
        FaultyPart.Reader => "reader",
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "not a part that is counted"),
    };

    [LoggerMessage(EventId = 600, Message = "{Part}: unexpected exception about {About}; it goes on from a snapshot or a fresh activation. Please report it")]
    private static partial void LogFault(ILogger logger, LogLevel level, string part, string about, Exception exception);
}

/// <summary>The part that threw an unexpected exception.</summary>
public enum FaultyPart
{
    /// <summary>A turn of a ResourceGrain.</summary>
    NamespaceGrain,

    /// <summary>A turn of a NodeGrain.</summary>
    NodeGrain,

    /// <summary>A gateway's view of a node.</summary>
    Gateway,

    /// <summary>A loop that sends batches to a consumer.</summary>
    Pump,

    /// <summary>A loop that keeps a gateway subscribed at a node.</summary>
    Subscription,

    /// <summary>A loop in which a grain verifies what it holds.</summary>
    Verification,

    /// <summary>A loop that reads a kind from the API server.</summary>
    Reader,
}
