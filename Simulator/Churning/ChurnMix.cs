namespace MetaCollector.Simulator.Churning;

/// <summary>How often which change happens, as weights; zero switches one off.</summary>
public sealed record ChurnMix
{
    /// <summary>A label of a pod changes.</summary>
    public int PodLabels { get; init; } = 25;

    /// <summary>Only a condition in a pod's status changes: of no interest to anyone who reads metadata.</summary>
    public int StatusNoise { get; init; } = 35;

    /// <summary>A pod's address changes.</summary>
    public int PodAddresses { get; init; } = 8;

    /// <summary>A pod is deleted and another takes its place under the same owner (three changes: deleted, created pending, running).</summary>
    public int Replacements { get; init; } = 12;

    /// <summary>A pod of a stateful set is deleted and comes back under its name with a new uid (three changes).</summary>
    public int Rebirths { get; init; } = 4;

    /// <summary>A label of a workload or namespace changes.</summary>
    public int OwnerLabels { get; init; } = 10;

    /// <summary>A service's selector changes to that of another application of its namespace, or back.</summary>
    public int ServiceSelectors { get; init; } = 2;

    /// <summary>An annotation of a pod changes.</summary>
    public int Annotations { get; init; } = 4;

    /// <summary>Labels of pods and nothing else.</summary>
    public static ChurnMix LabelsOnly { get; } = new()
    {
        StatusNoise = 0, PodAddresses = 0, Replacements = 0, Rebirths = 0, OwnerLabels = 0, ServiceSelectors = 0, Annotations = 0,
    };
}
