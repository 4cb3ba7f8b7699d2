using System.Net;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Benchmarks.Load;

/// <summary>What is measured: replicas that were started here, or any server of the protocol that is there already.</summary>
internal sealed class Targets : IAsyncDisposable
{
    private readonly List<CollectorProcess> _replicas = [];
    private readonly List<IDisposable> _held = [];
    private readonly ProcessFigures[] _figures;

    private Targets(List<CollectorProcess> replicas, IReadOnlyList<IPEndPoint> addresses, IEnumerable<int> ids) =>
        (_replicas, Addresses, _figures) = (replicas, addresses, [.. ids.Select(id => new ProcessFigures(id))]);

    /// <summary>The cgroup of each process; none where they share that of somebody else.</summary>
    public IReadOnlyList<MemoryGroup> Groups { get; private set; } = [];

    /// <summary>Where to subscribe.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; }

    /// <summary>The processes; none of a server that is elsewhere.</summary>
    public IReadOnlyList<ProcessFigures> Processes => _figures;

    /// <summary>Starts replicas and waits until all are ready.</summary>
    /// <param name="count">How many.</param>
    /// <param name="kubeconfig">Their API server.</param>
    /// <param name="place">The program, and where it runs.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Targets> StartAsync(int count, string kubeconfig, LoadPlace place, CancellationToken cancellation)
    {
        var replicas = new List<CollectorProcess>();
        var groups = new List<MemoryGroup>();
        var copies = new List<ColdCopy>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                string[] flags = count == 1 ? [] : ["--clustering", "kubernetes", "--namespace", "default", "--name", "load"];
                var program = place.Program;
                Dictionary<string, string>? environment = null;
                if (place.IsContained)
                {
                    groups.Add(MemoryGroup.TryCreate(place.MemoryLimit) ?? throw new InvalidOperationException(
                        "--contained needs the right to make a memory cgroup below /sys/fs/cgroup: run it as root on a machine of your own"));
                    copies.Add(new ColdCopy(program ?? throw new InvalidOperationException("--contained needs --collector, as published")));
                    (program, environment) = (copies[i].Program, new() { ["DOTNET_ROOT"] = copies[i].Root });
                }

                replicas.Add(CollectorProcess.Start(
                    kubeconfig, environment, ["--log-level", "warn", .. flags], program, group: place.IsContained ? groups[i] : null));
            }

            foreach (var replica in replicas) await replica.WaitUntilReadyAsync(cancellation);
        }
        catch
        {
            foreach (var replica in replicas) await replica.DisposeAsync();
            foreach (var held in groups.Concat<IDisposable>(copies)) held.Dispose();
            throw;
        }

        var targets = new Targets(
            replicas, [.. replicas.Select(replica => new IPEndPoint(IPAddress.Loopback, replica.BrokerPort))], replicas.Select(replica => replica.Process.Id))
        {
            Groups = groups,
        };
        targets._held.AddRange(groups.Concat<IDisposable>(copies));
        return targets;
    }

    /// <summary>A server that is there already.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="process">Its process, where it is on this machine; else 0.</param>
    public static Targets At(IPEndPoint address, int process) => new([], [address], process == 0 ? [] : [process]);

    /// <summary>CPU time of all.</summary>
    /// <param name="except">One that is left out; none if negative.</param>
    public TimeSpan CpuTime(int except = -1) => _figures.Where((_, i) => i != except).Aggregate(TimeSpan.Zero, (sum, one) => sum + one.CpuTime());

    /// <summary>Which replica leads, or, where somebody else is asked for, which one does not.</summary>
    public async Task<int> FindAsync(Victim who, CancellationToken cancellation)
    {
        foreach (var (i, replica) in _replicas.Index())
        {
            var leads = MetricsText.Sum(await replica.MetricsAsync(cancellation), "meta_collector_informer_leading") > 0;
            if (leads == (who == Victim.Leader)) return i;
        }

        throw new InvalidOperationException($"no replica is {who}");
    }

    /// <summary>Kills a replica.</summary>
    public void Kill(int replica) => Signals.Send(_replicas[replica].Process.Id, Signals.Kill);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
        foreach (var held in _held) held.Dispose();
    }
}
