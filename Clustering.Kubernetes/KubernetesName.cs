using System.Text.RegularExpressions;

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Names of Kubernetes objects. Thread-safe.</summary>
public static partial class KubernetesName
{
    /// <summary>
    /// Whether the API server takes it as the name of a namespace or another DNS label: at most 63 lower case letters, digits and
    /// dashes, with no dash at either end.
    /// </summary>
    public static bool IsLabel(string name) => name.Length <= 63 && Label().IsMatch(name);

    /// <summary>Whether the API server takes it as the name of a ConfigMap, a Lease or most other objects: DNS labels between dots, at most 253 characters.</summary>
    public static bool IsSubdomain(string name) => name.Length <= 253 && Subdomain().IsMatch(name);

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();
}
