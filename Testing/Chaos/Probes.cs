using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MetaCollector.Gateway.Wire;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Testing.Chaos;

/// <summary>
/// A pod on each node whose label changes all the time, to the time of the change: so every subscriber can tell how old what it is told is.
/// Times are those of <see cref="Stopwatch"/>. Thread-safe.
/// </summary>
internal sealed class Probes : IAsyncDisposable
{
    private const string Label = "changed-at";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly ApiServerSimulator _simulator;
    private readonly List<KubernetesObject> _pods;
    private readonly ConcurrentDictionary<string, Sightings> _nodes = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<long> _changes = [];
    private Task _changing = Task.CompletedTask;

    /// <summary>Creates the pods: one on each node, spread over the namespaces.</summary>
    public Probes(ApiServerSimulator simulator, int round, IReadOnlyList<string> nodes, int namespaces)
    {
        _simulator = simulator;
        foreach (var node in nodes) _nodes[node] = new Sightings();
        _pods = [.. nodes.Select((node, i) => simulator.Objects.Create(Kube.Pod($"probe-{round}-{i}").In($"team-{(i + round) % namespaces}").On(node)))];
    }

    /// <summary>The last change.</summary>
    public long Last
    {
        get { lock (_lock) return _changes.Count == 0 ? 0 : _changes[^1]; }
    }

    /// <summary>Begins to change them.</summary>
    public void Start() => _changing = Task.Run(ChangeAsync);

    /// <summary>Ends the changes; the pods stay.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _changing;
    }

    /// <summary>Whether the subscriber of this node knows all changes until this moment.</summary>
    public bool Knows(string node, long moment)
    {
        lock (_lock) return _nodes[node].Newest >= moment;
    }

    /// <summary>How long the subscriber of this node waited for the first change after a moment, and for how long it did not know of a change.</summary>
    public (TimeSpan First, TimeSpan Longest) Waited(string node, long moment)
    {
        lock (_lock)
        {
            var sightings = _nodes[node];
            return (sightings.FirstAfter(moment) is > 0 and var arrival ? Stopwatch.GetElapsedTime(moment, arrival) : Timeout.InfiniteTimeSpan, sightings.Longest);
        }
    }

    /// <summary>The subscriber of a node was told something.</summary>
    public void Received(string node, Event received)
    {
        if (received.Reason == "Delete" || !received.HasMeta) return;
        var start = received.Meta.IndexOf($"\"{Label}\":\"", StringComparison.Ordinal);
        if (start < 0) return;
        start += Label.Length + 4;
        var stamp = long.Parse(received.Meta.AsSpan(start, received.Meta.IndexOf('"', start) - start), CultureInfo.InvariantCulture);
        lock (_lock)
        {
            if (_changes.Count > 0) _nodes[node].Add(_changes, stamp, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Deletes the pods.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (var pod in _pods.Where(pod => _simulator.Objects.Get(pod) is not null)) _simulator.Objects.Delete(pod);
        _stop.Dispose();
    }

    private async Task ChangeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var now = Stopwatch.GetTimestamp();
            lock (_lock) _changes.Add(now);
            foreach (var pod in _pods) _simulator.Objects.Change(pod, current => current.Labelled((Label, now.ToString(CultureInfo.InvariantCulture))));
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
