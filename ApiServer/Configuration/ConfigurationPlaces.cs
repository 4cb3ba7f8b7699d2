using MetaCollector.ApiServer.Proxies;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>Where a configuration may be found. Immutable.</summary>
internal sealed record ConfigurationPlaces
{
    /// <summary>The variable that names kubeconfig files.</summary>
    public const string Variable = "KUBECONFIG";

    /// <summary>Where Kubernetes puts a pod's service account.</summary>
    public const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The files that <c>KUBECONFIG</c> names; null or blank for none.</summary>
    public string? Files { get; init; }

    /// <summary>The user's own kubeconfig.</summary>
    public string Home { get; init; } = "";

    /// <summary>The API server's address in a pod, IPv6 with brackets or without; null outside a pod.</summary>
    public string? ServiceHost { get; init; }

    /// <summary>The API server's port in a pod.</summary>
    public string? ServicePort { get; init; }

    public string AccountFolder { get; init; } = ServiceAccount;

    /// <summary>The proxies that the environment names.</summary>
    public ProxyRules Proxies { get; init; } = new(null, null, null);

    /// <summary>Whether this is a pod with a service account's token.</summary>
    public bool IsInCluster => !string.IsNullOrEmpty(ServiceHost) && !string.IsNullOrEmpty(ServicePort) && File.Exists(TokenFile);

    public string TokenFile => Path.Combine(AccountFolder, "token");

    /// <summary>The namespace of the pod; null outside a pod.</summary>
    public string? Namespace => IsInCluster && File.Exists(Path.Combine(AccountFolder, "namespace"))
        ? File.ReadAllText(Path.Combine(AccountFolder, "namespace")).Trim()
        : null;

    public static ConfigurationPlaces Current() => new()
    {
        Files = Environment.GetEnvironmentVariable(Variable),
        Home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config"),
        ServiceHost = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"),
        ServicePort = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"),
        Proxies = ProxyRules.Of(Environment.GetEnvironmentVariable),
    };
}
