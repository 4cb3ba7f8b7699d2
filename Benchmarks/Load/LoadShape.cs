namespace MetaCollector.Benchmarks.Load;

/// <summary>How large the cluster is, who subscribes, and what goes on.</summary>
internal sealed record LoadShape
{
    public int Nodes { get; init; } = 100;

    public int PodsPerNode { get; init; } = 30;

    public int Namespaces { get; init; } = 50;

    /// <summary>Subscribers, one for each node in turn; 0: nobody subscribes.</summary>
    public int Streams { get; init; } = 100;

    public int Replicas { get; init; } = 1;

    /// <summary>How long it rests before they do; what the start left to do (compiling hot code again, verifying) is not the storm's.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often all subscribers connect at once, before what is measured of those who stay.</summary>
    public int Storms { get; init; } = 1;

    /// <summary>Whether the cluster has pods; without, what is measured is what the program costs by itself.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>Subscribers beside the others that never read.</summary>
    public int Stuck { get; init; }

    /// <summary>Changes of pods per second; 0 for none.</summary>
    public double Churn { get; init; } = 100;

    /// <summary>How long changes go on.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long nothing changes before, which is measured; as much before that goes unmeasured. Zero: changes begin at once.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Which replica is killed at the end, while changes go on; null for none.</summary>
    public Victim? Kill { get; init; }

    public override string ToString() =>
        $"{Nodes} nodes × {(IsEmpty ? 0 : PodsPerNode)} pods, {Namespaces} namespaces, {Streams} streams"
        + (Storms > 1 ? $" {Storms} times" : "")
        + (Stuck > 0 ? $" and {Stuck} stuck" : "") + $", {Replicas} {(Replicas == 1 ? "replica" : "replicas")}, {Churn} changes a second";
}

/// <summary>Who is killed.</summary>
internal enum Victim
{
    /// <summary>The replica that leads.</summary>
    Leader,

    /// <summary>One that does not.</summary>
    Other,
}
