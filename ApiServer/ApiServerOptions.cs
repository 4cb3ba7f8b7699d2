namespace MetaCollector.ApiServer;

/// <summary>How to find the API server.</summary>
public sealed class ApiServerOptions
{
    /// <summary>A kubeconfig file; null (the default) or empty to look in the usual places.</summary>
    public string? Kubeconfig { get; set; }
}
