namespace MetaCollector.Grains;

/// <summary>Settings of the grains.</summary>
public sealed class GrainsOptions
{
    /// <summary>How long the replicas must stand still before grains that belong elsewhere since then go there.</summary>
    public TimeSpan RebalanceAfter { get; set; } = TimeSpan.FromSeconds(30);
}
