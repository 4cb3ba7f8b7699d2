using System.Text.RegularExpressions;

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Labels of Kubernetes objects. Thread-safe.</summary>
public static partial class KubernetesLabel
{
    /// <summary>
    /// Whether the API server takes the label. The key: an optional DNS name and slash, then at most 63 letters, digits, dashes, underscores and dots.
    /// The value: the same without the prefix, or empty.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public static bool IsValid(string key, string value) => Key().IsMatch(key) && Value().IsMatch(value);

    [GeneratedRegex(@"^([a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex Value();
}
