namespace MetaCollector.Clustering.Kubernetes;

/// <summary>The meter of this library.</summary>
public static class ClusteringMeter
{
    /// <summary>Its name.</summary>
    public const string Name = "MetaCollector.Clustering.Kubernetes";
}
