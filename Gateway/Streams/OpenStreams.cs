using System.Net;
using System.Runtime.InteropServices;
using Grpc.Core;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Grains.Interfaces.Replicas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Streams;

/// <summary>
/// All open streams. When the program stops, it ends them before other services stop, spread over a while so that not all subscribers
/// reconnect to the other replicas at once. Thread-safe.
/// </summary>
internal sealed class OpenStreams(
    IOptions<GatewayOptions> options, MemoryWatermark memory, GatewayMetrics metrics, TimeProvider time, ILogger<OpenStreams> logger)
    : IHostedLifecycleService, ISubscriberStreams, IDisposable
{
    private static readonly TimeSpan PerStream = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly HashSet<StreamSession> _sessions = [];
    private readonly Dictionary<string, int> _peers = new(StringComparer.Ordinal);
    private TaskCompletionSource? _empty;
    private ITimer? _farewell;
    private long? _warnedAt;

    /// <summary>Whether the program stops and accepts no stream.</summary>
    public bool IsDraining { get; private set; }

    public int Count
    {
        get { lock (_lock) return _sessions.Count; }
    }

    int? ISubscriberStreams.Open => IsDraining ? null : Count;

    /// <summary>Accepts a stream; disposing of the session removes it.</summary>
    /// <param name="peer">The subscriber's address; null if it has none.</param>
    /// <param name="subscriberGone">Cancelled when the subscriber goes away.</param>
    /// <exception cref="RpcException">The program stops, or a limit is reached.</exception>
    public StreamSession Open(IPAddress? peer, CancellationToken subscriberGone)
    {
        var key = peer is null || IPAddress.IsLoopback(NodeAddress.Plain(peer)) ? null : NodeAddress.Of(peer);
        lock (_lock)
        {
            if (IsDraining) throw Refuse(StreamEnd.Shutdown);
            if (LimitReached(key) is { } limit)
            {
                var level = RefusalLevel();
                Log.StreamRefused(logger, level, peer, limit.Status.Detail);
                throw Refuse(limit);
            }

            var session = new StreamSession(this, key, subscriberGone);
            _sessions.Add(session);
            if (key is not null) CollectionsMarshal.GetValueRefOrAddDefault(_peers, key, out _)++;
            metrics.StreamOpened();
            return session;
        }
    }

    /// <summary>Ends a random stream.</summary>
    /// <returns>False if there is no stream, or the chosen one was ending already.</returns>
    public bool EndAny(StreamEnd end)
    {
        StreamSession session;
        lock (_lock)
        {
            if (_sessions.Count == 0) return false;
            session = _sessions.ElementAt(Random.Shared.Next(_sessions.Count));
        }

        return session.End(end);
    }

    /// <summary>Ends all streams and waits until they have.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        StreamSession[] sessions;
        Task empty;
        lock (_lock)
        {
            IsDraining = true;
            sessions = [.. _sessions];
            if (sessions.Length == 0) return;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            empty = _empty.Task;
        }

        var spread = PerStream * sessions.Length < options.Value.DrainTime ? PerStream * sessions.Length : options.Value.DrainTime;
        Log.Draining(logger, sessions.Length, Math.Round(spread.TotalSeconds, 1));
        try
        {
            Random.Shared.Shuffle(sessions);
            var began = time.GetTimestamp();
            for (var i = 0; i < sessions.Length; i++)
            {
                sessions[i].End(StreamEnd.Shutdown);
                var early = spread * (i + 1) / sessions.Length - time.GetElapsedTime(began);
                if (early >= PerStream) await Task.Delay(early, time, cancellation);
            }

            // Streams that have not ended by then have subscribers that do not read; their connections are aborted below.
            var left = options.Value.DrainTime - time.GetElapsedTime(began);
            await empty.WaitAsync(left > PerStream ? left : PerStream, time, cancellation);
        }
        catch (TimeoutException)
        {
        }
        catch (OperationCanceledException)
        {
            // No time left: ends all at once.
            foreach (var session in sessions) session.End(StreamEnd.Shutdown);
        }

        // A subscriber that does not read does not take its status; its connection would keep the program from stopping.
        _farewell = time.CreateTimer(
            _ => Array.ForEach(sessions, session => session.Connection?.Abort()), null, Farewell, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _farewell?.Dispose();

    public Task StoppingAsync(CancellationToken cancellationToken) => DrainAsync(cancellationToken);

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal void Closed(StreamSession session)
    {
        lock (_lock)
        {
            if (!_sessions.Remove(session)) return;
            if (session.Peer is { } peer && --CollectionsMarshal.GetValueRefOrNullRef(_peers, peer) == 0) _peers.Remove(peer);
            metrics.StreamEnded(session.Reason.Cause);
            if (_sessions.Count == 0) _empty?.TrySetResult();
        }
    }

    private StreamEnd? LimitReached(string? peer)
    {
        if (_sessions.Count >= options.Value.Limits.MaxStreams) return StreamEnd.TooMany;
        if (peer is not null && _peers.GetValueOrDefault(peer) >= options.Value.Limits.MaxStreamsPerPeer) return StreamEnd.TooManyOfPeer;
        return memory.IsAbove ? StreamEnd.MemoryLow : null;
    }

    // Warns once in a while during many refusals; the metric counts them all.
    private LogLevel RefusalLevel()
    {
        if (_warnedAt is { } at && time.GetElapsedTime(at) < BetweenWarnings) return LogLevel.Debug;
        _warnedAt = time.GetTimestamp();
        return LogLevel.Warning;
    }

    private RpcException Refuse(StreamEnd end)
    {
        metrics.StreamRefused(end.Cause);
        return new RpcException(end.Status);
    }
}
