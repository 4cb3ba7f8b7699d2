using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Benchmarks.Load;

/// <summary>An API server with a cluster to read and to change. Gone with everything in it when disposed of. Not thread-safe.</summary>
internal interface ILoadCluster : IAsyncDisposable
{
    /// <summary>File by which a collector finds the API server.</summary>
    string Kubeconfig { get; }

    /// <summary>Names of the nodes.</summary>
    IReadOnlyList<string> Nodes { get; }

    /// <summary>How many resources each node's subscriber will be sent.</summary>
    IReadOnlyDictionary<string, int> Expected();

    /// <summary>Puts a stamp on a pod: on each in turn, in an order that spreads over nodes and namespaces. Ends when the change has been made.</summary>
    /// <param name="number">Which change this is, from 0.</param>
    Task ChangeAsync(int number);

    /// <summary>When, by <see cref="System.Diagnostics.Stopwatch"/>, the delay of the change with this stamp begins.</summary>
    long MadeAt(long stamp);

    /// <summary>
    /// From a change to its event at somebody who watches the API server and does nothing else, in milliseconds; of changes whose stamp is
    /// at least <paramref name="from"/>. None where nobody does.
    /// </summary>
    Percentiles BareDelays(long from);

    /// <summary>What the API server was asked for, where that was counted.</summary>
    IReadOnlyList<RequestSum> Requests();
}
