using System.Collections.Concurrent;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>A subscriber of a soak: its stream, and what was wrong with it. Its events come on another thread.</summary>
internal sealed class SoakSubscriber : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _falseDeletes = new();
    private readonly FalseDeletes _deletes = new() { Services = false };
    private bool _mayComeBack;

    public SoakSubscriber(Uri broker, string node) => Stream = new StreamClient(broker, node, onEvent: (_, received) => Take(received));

    public StreamLog Log { get; } = new(StreamClient.DefaultKinds) { KeepsEvents = false };

    public StreamClient Stream { get; }

    public IEnumerable<string> Faults => Log.Faults.Concat(_falseDeletes).Select(fault => $"{Stream.Node}: {fault}");

    /// <summary>An older state is restored: until it has come to rest, what was deleted may come back.</summary>
    public void MayComeBack()
    {
        lock (_deletes) _mayComeBack = true;
    }

    /// <summary>Some kinds cannot be read: until everything has come to rest again, owners of these kinds are named before they are sent.</summary>
    public void CannotRead(IReadOnlyCollection<string> kinds) => Log.Unread = kinds;

    /// <summary>Everything is at rest, and can be read: what is deleted from now on and comes back was deleted in error.</summary>
    public void LookForFalseDeletes()
    {
        Log.Unread = [];
        lock (_deletes)
        {
            if (_mayComeBack) _deletes.Forget();
            _mayComeBack = false;
        }
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    private void Take(Event received)
    {
        Log.Add(received);
        lock (_deletes)
        {
            if (_mayComeBack) return;
            foreach (var fault in _deletes.Add(received)) _falseDeletes.Enqueue(fault);
        }
    }
}
