using Microsoft.Extensions.Options;

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Names each option that cannot work, and its value, all at once.</summary>
internal sealed class KubernetesClusteringOptionsValidator : IValidateOptions<KubernetesClusteringOptions>
{
    public ValidateOptionsResult Validate(string? name, KubernetesClusteringOptions options)
    {
        var failures = new List<string>();
        if (options.Namespace is null || !KubernetesName.IsLabel(options.Namespace))
            failures.Add($"{nameof(options.Namespace)} must be the name of a Kubernetes namespace, and is '{options.Namespace}': outside a pod it has to be given.");
        if (options.Name is null || !KubernetesName.IsSubdomain(options.Name))
            failures.Add($"{nameof(options.Name)} must be a name that a ConfigMap can have (lower case letters, digits, '-' and '.'), and is '{options.Name}'.");
        if (options.ClusterId is { } cluster && string.IsNullOrWhiteSpace(cluster))
            failures.Add($"{nameof(options.ClusterId)} must not be blank: leave it out, and the cluster is called by {nameof(options.Name)}.");
        if (options.ServiceId is { } service && string.IsNullOrWhiteSpace(service))
            failures.Add($"{nameof(options.ServiceId)} must not be blank: leave it out, and the service is called by {nameof(options.ClusterId)}.");
        if (options.RequestTimeout < TimeSpan.FromSeconds(1) || options.RequestTimeout > TimeSpan.FromSeconds(60))
            failures.Add($"{nameof(options.RequestTimeout)} must be 1 s to 60 s, and is {options.RequestTimeout}.");
        if (options.LeaveTimeout <= TimeSpan.Zero)
            failures.Add($"{nameof(options.LeaveTimeout)} must be above zero, and is {options.LeaveTimeout}.");
        if (options.DefunctAfter <= TimeSpan.Zero)
            failures.Add($"{nameof(options.DefunctAfter)} must be above zero, and is {options.DefunctAfter}.");
        foreach (var (key, value) in options.Labels)
            if (!KubernetesLabel.IsValid(key, value)) failures.Add($"{nameof(options.Labels)} has '{key}={value}', which is no label of Kubernetes.");
        if (options.RepairPatience < TimeSpan.Zero)
            failures.Add($"{nameof(options.RepairPatience)} must not be negative, and is {options.RepairPatience}.");
        if (string.IsNullOrEmpty(options.PodName) && !string.IsNullOrEmpty(options.PodUid))
            failures.Add($"{nameof(options.PodUid)} is '{options.PodUid}', and {nameof(options.PodName)} is not given: both are needed.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
