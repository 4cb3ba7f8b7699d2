using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Benchmarks.Load;

/// <summary>What a run measured. What was not measured is at its default.</summary>
internal sealed class LoadFigures
{
    private const double MiB = 1024 * 1024;

    /// <summary>Resources related to the nodes, summed over the nodes.</summary>
    public int Related { get; init; }

    /// <summary>Nodes with something related.</summary>
    public int Nodes { get; init; }

    public TimeSpan Synced { get; set; }

    public TimeSpan SyncedCpu { get; set; }

    public long SyncedPeak { get; set; }

    public Percentiles Complete { get; set; } = Percentiles.None;

    public Percentiles First { get; set; } = Percentiles.None;

    public TimeSpan StormCpu { get; set; }

    public TimeSpan StormOwnCpu { get; set; }

    public long StormEvents { get; set; }

    public long StormBytes { get; set; }

    /// <summary>CPU while nothing changes, as a share of one core.</summary>
    public double IdleShare { get; set; }

    public int Changes { get; set; }

    public double ChangesPerSecond { get; set; }

    public long Events { get; set; }

    public Percentiles Delays { get; set; } = Percentiles.None;

    /// <summary>The same at a bare watch.</summary>
    public Percentiles BareDelays { get; set; } = Percentiles.None;

    /// <summary>CPU of the changes, that of idling taken off.</summary>
    public TimeSpan ChurnCpu { get; set; }

    public TimeSpan ChurnOwnCpu { get; set; }

    public double ChurnShare { get; set; }

    public int Broken { get; set; }

    /// <summary>Of each replica: resident memory at the end, the part of it that no file backs, and its peak; in bytes.</summary>
    public IReadOnlyList<(long Resident, long Anonymous, long Peak)> Memory { get; set; } = [];

    /// <summary>What the replicas hold while nothing happens.</summary>
    public List<RestingMemory> Rest { get; } = [];

    /// <summary>What the loss of a replica meant; null where none was killed.</summary>
    public LossFigures? Loss { get; set; }

    /// <summary>How often a replica met its memory limit.</summary>
    public long LimitMet { get; set; }

    public IReadOnlyList<RequestSum> Requests { get; set; } = [];

    /// <summary>CPU of a changed pod, in milliseconds, that of idling taken off.</summary>
    public double CpuPerChange => ChurnCpu.TotalMilliseconds / Math.Max(1, Changes);

    /// <summary>Resident memory of all replicas together at the end, in bytes.</summary>
    public long Resident => Memory.Sum(one => one.Resident);

    /// <summary>As rows for people.</summary>
    public void AddTo(Report report)
    {
        report.Add("objects to send", Related, "");
        report.Add("start to in sync", Synced.TotalSeconds, "s");
        report.Add("start to in sync: CPU", SyncedCpu.TotalSeconds, "s");
        report.Add("start to in sync: resident, peak", SyncedPeak / MiB, "MiB");
        report.Add("storm: stream complete, p50", Complete.At(50), "ms");
        report.Add("storm: stream complete, p99", Complete.At(99), "ms");
        report.Add("storm: first event, p50", First.At(50), "ms");
        report.Add("storm: first event, p99", First.At(99), "ms");
        report.Add("storm: CPU", StormCpu.TotalSeconds, "s");
        report.Add("storm: CPU of the load client", StormOwnCpu.TotalSeconds, "s");
        report.Add("storm: events", StormEvents, "");
        report.Add("storm: bytes", StormBytes / MiB, "MiB");
        report.Add("idle: CPU", 100 * IdleShare, "% of a core");
        report.Add("churn: changes made", Changes, "");
        report.Add("churn: changes per second", ChangesPerSecond, "");
        report.Add("churn: events received", Events, "");
        report.Add("churn: delay, p50", Delays.At(50), "ms");
        report.Add("churn: delay, p99", Delays.At(99), "ms");
        report.Add("churn: delay at a bare watch, p50", BareDelays.At(50), "ms");
        report.Add("churn: delay at a bare watch, p99", BareDelays.At(99), "ms");
        report.Add("churn: CPU per change", CpuPerChange, "ms");
        report.Add("churn: CPU", 100 * ChurnShare, "% of a core");
        report.Add("churn: CPU of the load client, with the simulator", ChurnOwnCpu.TotalSeconds, "s");
        foreach (var (i, (resident, anonymous, peak)) in Memory.Index())
        {
            report.Add($"replica {i}: resident", resident / MiB, "MiB");
            report.Add($"replica {i}: resident, not backed by files", anonymous / MiB, "MiB");
            report.Add($"replica {i}: resident, peak", peak / MiB, "MiB");
        }

        foreach (var one in Rest)
        {
            var name = $"replica {one.Replica}, {one.When}";
            report.Add($"{name}: resident", one.Resident / MiB, "MiB");
            report.Add($"{name}: resident, not backed by files", one.Anonymous / MiB, "MiB");
            report.Add($"{name}: resident, its part of what is shared", one.Proportional / MiB, "MiB");
            if (one.Counted is not var (workingSet, anonymous, mapped)) continue;
            report.Add($"{name}: counted by its cgroup", workingSet / MiB, "MiB");
            report.Add($"{name}: of it anonymous", anonymous / MiB, "MiB");
            report.Add($"{name}: mapped", mapped / MiB, "MiB");
        }

        report.Add("memory limit met", LimitMet, "times");
        report.Add("streams broken", Broken, "");
        Loss?.AddTo(report);
        foreach (var sum in Requests)
        {
            report.Add($"API server: {sum.Verb} {sum.Resource}, requests", sum.Requests, "");
            report.Add($"API server: {sum.Verb} {sum.Resource}, bytes", sum.Bytes / MiB, "MiB");
        }
    }
}
