namespace MetaCollector.Clustering.Kubernetes;

/// <summary>The meter of everything that this library counts.</summary>
public static class ClusteringMeter
{
    /// <summary>Its name.</summary>
    public const string Name = "MetaCollector.Clustering.Kubernetes";
}
