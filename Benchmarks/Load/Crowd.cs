using System.Diagnostics;
using System.Net;
using MetaCollector.Benchmarks.Reporting;

namespace MetaCollector.Benchmarks.Load;

/// <summary>Many subscribers at once, spread over the servers in turn.</summary>
internal sealed class Crowd : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    // The first step of the plugin's back-off.
    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(1);

    private readonly List<Subscriber> _all = [];

    /// <summary>All of them connect at this moment.</summary>
    /// <param name="servers">Where to.</param>
    /// <param name="streams">How many.</param>
    /// <param name="stuck">How many more that never read.</param>
    /// <param name="nodes">Nodes of the cluster, by name.</param>
    /// <param name="expected">Events that make a stream complete, by node; null where that is not known.</param>
    public Crowd(IReadOnlyList<IPEndPoint> servers, int streams, int stuck, IReadOnlyList<string> nodes, IReadOnlyDictionary<string, int>? expected)
    {
        for (var i = 0; i < streams + stuck; i++)
        {
            var node = nodes[i % nodes.Count];
            _all.Add(new Subscriber(servers[i % servers.Count], node, expected?.GetValueOrDefault(node) ?? 0) { Reads = i < streams });
        }

        foreach (var subscriber in _all) Running.Add(subscriber.RunAsync());
    }

    /// <summary>The readers.</summary>
    public IEnumerable<Subscriber> Readers => _all.Where(subscriber => subscriber.Reads);

    /// <summary>Events received by all.</summary>
    public long Events => _all.Sum(subscriber => (long)subscriber.Events);

    /// <summary>Readers whose stream has ended.</summary>
    public int Broken => Readers.Count(subscriber => subscriber.HasEnded);

    private List<Task> Running { get; } = [];

    /// <summary>Waits until every stream is complete; where that cannot be known, until nothing came for a while.</summary>
    public async Task CompleteAsync(bool isKnown, CancellationToken cancellation)
    {
        if (isKnown)
        {
            await Task.WhenAll(Readers.Select(subscriber => subscriber.Complete)).WaitAsync(Patience, cancellation);
            return;
        }

        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(Math.Max(began, Readers.Max(subscriber => subscriber.Last))) < Quiet)
            await Task.Delay(50, cancellation);
    }

    /// <summary>From its start until a stream was complete, in milliseconds; where that is not known, until its last event.</summary>
    public Percentiles Complete() => new(Readers.Where(one => one.Last != 0).Select(one => Between(one.Started, one.Completed != 0 ? one.Completed : one.Last)));

    /// <summary>From its start until a stream's first event, in milliseconds.</summary>
    public Percentiles First() => new(Readers.Where(one => one.First != 0).Select(one => Between(one.Started, one.First)));

    /// <summary>Those whose server is gone go to the others in turn, as Falco's plugin does.</summary>
    /// <param name="gone">Where the server was.</param>
    /// <param name="others">The servers that are left.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The new subscribers.</returns>
    public async Task<IReadOnlyList<Subscriber>> ReconnectAsync(IPEndPoint gone, IReadOnlyList<IPEndPoint> others, CancellationToken cancellation)
    {
        await Task.Delay(BackOff, cancellation);
        var moved = Readers.Where(one => one.Server.Equals(gone)).Select((one, i) => one.At(others[i % others.Count])).ToArray();
        foreach (var one in moved) Running.Add(one.RunAsync());
        _all.AddRange(moved);
        return moved;
    }

    /// <summary>Forgets the changes until now.</summary>
    public void ForgetChanges()
    {
        foreach (var subscriber in _all) subscriber.Changes.Clear();
    }

    /// <summary>From a change to its event, in milliseconds.</summary>
    /// <param name="madeAt">When the change with this stamp had been made.</param>
    public Percentiles Delays(Func<long, long> madeAt) =>
        new(_all.SelectMany(subscriber => subscriber.Changes).Select(change => Between(madeAt(change.Stamp), change.Seen)));

    public void Dispose()
    {
        foreach (var subscriber in _all) subscriber.Dispose();
    }

    private static double Between(long start, long end) => Stopwatch.GetElapsedTime(start, end).TotalMilliseconds;
}
