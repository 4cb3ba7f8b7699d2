using System.Collections.Concurrent;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Testing.Chaos;

/// <summary>
/// A subscriber that always wants a stream, as Falco's plugin does: at any replica that serves, and a second after it was lost at another.
/// Each stream has a log of its own.
/// </summary>
internal sealed class ChaosSubscriber : IAsyncDisposable
{
    // The first step of the plugin's back-off, which errors other than UNAVAILABLE return to.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Func<ChaosReplica?> _pick;
    private readonly Action<ChaosSubscriber, Event> _received;
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly ConcurrentQueue<string> _broken = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile StreamLog _log = NewLog();
    private volatile ChaosReplica? _replica;

    /// <summary>Subscribes at once.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="pick">Which replica to go to; null where there is none.</param>
    /// <param name="received">Told of each event, on the reader's thread.</param>
    public ChaosSubscriber(string node, Func<ChaosReplica?> pick, Action<ChaosSubscriber, Event> received)
    {
        (Node, _pick, _received) = (node, pick, received);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Name of the node.</summary>
    public string Node { get; }

    /// <summary>What the stream of now received.</summary>
    public StreamLog Log => _log;

    /// <summary>Where the stream of now goes, or the last one went; null before the first.</summary>
    public ChaosReplica? Replica => _replica;

    /// <summary>How many streams ended.</summary>
    public int Ended { get; private set; }

    /// <summary>What no stream may receive, of all streams until now.</summary>
    public IReadOnlyList<string> Faults => [.. _faults, .. _log.Faults];

    /// <summary>Streams that ended though nothing was done to their replica.</summary>
    public IReadOnlyCollection<string> Broken => _broken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private static StreamLog NewLog() => new(StreamClient.DefaultKinds);

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_pick() is { } replica)
            {
                var log = NewLog();
                var deletes = new FalseDeletes();
                (_replica, _log) = (replica, log);
                await using var client = new StreamClient(replica.Collector.Broker, Node, onEvent: (_, received) =>
                {
                    log.Add(received);
                    foreach (var fault in deletes.Add(received)) _faults.Enqueue(fault);
                    _received(this, received);
                });
                await Task.WhenAny(client.Closed, Task.Delay(Timeout.Infinite, _stop.Token));
                if (_stop.IsCancellationRequested) return;
                Ended++;
                if (!replica.IsDisturbed) _broken.Enqueue($"{Node} at port {replica.Collector.BrokerPort}: {client.Ended}");
                foreach (var fault in log.Faults) _faults.Enqueue(fault);
                _log = NewLog();
            }

            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
