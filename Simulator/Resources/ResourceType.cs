using Google.Protobuf.Reflection;

namespace MetaCollector.Simulator.Resources;

/// <summary>A kind of object that the server knows, and how clients address it.</summary>
/// <param name="Group">API group; empty for the core.</param>
/// <param name="Version">API version in the group.</param>
/// <param name="Plural">Name in paths, e.g. <c>pods</c>.</param>
/// <param name="Kind">Name in objects, e.g. <c>Pod</c>.</param>
/// <param name="Namespaced">Whether its objects live in namespaces.</param>
/// <param name="HasStatus">Whether there is a <c>status</c> subresource.</param>
/// <param name="Message">Its protobuf message; null for a kind that is served whole in JSON alone, as custom resources are.</param>
public sealed record ResourceType(
    string Group,
    string Version,
    string Plural,
    string Kind,
    bool Namespaced,
    bool HasStatus,
    MessageDescriptor? Message)
{
    /// <summary><c>v1</c> or <c>apps/v1</c>.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>pods</c> or <c>deployments.apps</c>, as in the server's messages.</summary>
    public string QualifiedName { get; } = Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary><c>PodList</c>.</summary>
    public string ListKind { get; } = Kind + "List";

    /// <summary>The length of <c>{"kind":"Pod","apiVersion":"v1",</c>, with which the JSON of each stored object begins.</summary>
    internal int JsonPrefixLength { get; } = $"{{\"kind\":\"{Kind}\",\"apiVersion\":\"{(Group.Length == 0 ? Version : $"{Group}/{Version}")}\",".Length;

    /// <summary>Kinds whose <c>metadata.generation</c> counts the changes of their spec.</summary>
    internal bool HasGeneration { get; } = Kind is "Pod" or "Deployment" or "ReplicaSet" or "DaemonSet" or "StatefulSet" or "Job"
        or "CronJob" or "ReplicationController" or "EndpointSlice" or "NetworkPolicy" or "PodDisruptionBudget"
        or "ServiceMonitor" or "PrometheusRule" or "Certificate" or "Issuer";

    /// <inheritdoc/>
    public bool Equals(ResourceType? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <inheritdoc/>
    public override string ToString() => QualifiedName;
}
