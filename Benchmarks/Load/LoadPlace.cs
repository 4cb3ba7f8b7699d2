using System.Net;

namespace MetaCollector.Benchmarks.Load;

/// <summary>What is put under load.</summary>
internal sealed record LoadPlace
{
    /// <summary>The collector to start; null for the one that was built beside this.</summary>
    public string? Program { get; init; }

    /// <summary>Whether each replica runs in a memory cgroup of its own, with nothing of it in memory before.</summary>
    public bool IsContained { get; init; }

    /// <summary>The most memory that each may use then, in bytes; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>A server of the protocol that somebody else starts, in place of <see cref="Program"/>.</summary>
    public IPEndPoint? Address { get; init; }

    /// <summary>Its process, where its CPU and memory are to be told; 0 for none.</summary>
    public int ProcessId { get; init; }

    /// <summary>Where to write the kubeconfig for it: the simulator's, or the counting proxy's.</summary>
    public string? KubeconfigOut { get; init; }

    /// <summary>Port of the simulator; 0 for a free one.</summary>
    public int SimulatorPort { get; init; }

    /// <summary>The kubeconfig of a real API server to run against; null for the simulator.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Whether the collector reaches a real API server by a proxy that counts.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Waits until <see cref="Address"/> streams something of a node, and has come to rest.</summary>
    public async Task UntilItServesAsync(string node, CancellationToken cancellation)
    {
        var held = 0;
        while (true)
        {
            using var probe = new Subscriber(Address!, node, 0);
            var running = probe.RunAsync();
            await Task.Delay(TimeSpan.FromSeconds(3), cancellation);
            if (probe.Events > 0 && probe.Events == held) return;
            held = probe.Events;
            probe.Dispose();
            await running;
        }
    }
}
