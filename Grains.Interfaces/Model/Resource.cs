namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// The fields of a Kubernetes object that subscribers get or that decide which nodes it is related to. Immutable; two are equal if all these
/// fields are, and then a change of the object is ignored.
/// </summary>
/// <remarks>Pods, Services and EndpointSlices have types of their own; every other kind is this one.</remarks>
[GenerateSerializer, Immutable, Alias("MetaCollector.Resource")]
public record Resource
{
    /// <summary>Which kind of object it is.</summary>
    [Id(0)] public required ResourceKind Kind { get; init; }

    /// <summary>The object's uid: never empty, and never reused.</summary>
    [Id(1)] public required Uid Uid { get; init; }

    /// <summary>
    /// The namespace whose <c>ResourceGrain</c> holds it: <c>metadata.namespace</c>, and for a Namespace its own name.
    /// </summary>
    [Id(2)] public required string Namespace { get; init; }

    /// <summary><c>metadata.name</c>.</summary>
    [Id(3)] public required string Name { get; init; }

    /// <summary><c>metadata.generateName</c>; null where it is not set.</summary>
    [Id(4)] public string? GenerateName { get; init; }

    /// <summary><c>metadata.labels</c>.</summary>
    [Id(5)] public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>The one owner reference with <c>controller: true</c>; null where there is none.</summary>
    [Id(6)] public Owner? Controller { get; init; }

    /// <summary>
    /// Whether both have the same kind, uid, meta and status, so that a subscriber sees no difference. Owners and selectors are not
    /// sent; they only decide the references of pods.
    /// </summary>
    public virtual bool LooksLike(Resource other) =>
        ReferenceEquals(this, other)
        || (Kind == other.Kind && Uid == other.Uid && Name == other.Name && Namespace == other.Namespace
            && GenerateName == other.GenerateName && Labels.Equals(other.Labels));
}

/// <summary>A Pod.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.Pod")]
public sealed record Pod : Resource
{
    [NonSerialized] private readonly EquatableArray<string> _addresses;

    /// <summary><c>spec.nodeName</c>; empty until the pod is bound.</summary>
    [Id(0)] public string Node { get; init; } = "";

    /// <summary><c>status.podIP</c>; null while the pod has none.</summary>
    [Id(1)] public string? Ip { get; init; }

    /// <summary>
    /// The addresses that the pod's traffic may come from, as <see cref="NodeAddress"/> spells them: its own and its host's; none once it has
    /// finished, because other pods may get them then. Only the leader uses them: they are not sent to other silos and not part of equality,
    /// so a change of them is not sent.
    /// </summary>
    public EquatableArray<string> Addresses
    {
        get => _addresses;
        init => _addresses = value;
    }

    /// <inheritdoc/>
    public bool Equals(Pod? other) => base.Equals(other) && Node == other.Node && Ip == other.Ip;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Node, Ip);

    /// <inheritdoc/>
    public override bool LooksLike(Resource other) => other is Pod pod && Ip == pod.Ip && base.LooksLike(other);
}

/// <summary>A Service.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.Service")]
public sealed record Service : Resource
{
    /// <summary><c>spec.selector</c>; empty for a service whose EndpointSlices Kubernetes does not write.</summary>
    [Id(0)] public LabelSet Selector { get; init; } = LabelSet.Empty;

    /// <summary>Whether it is an alias of a DNS name (<c>spec.type: ExternalName</c>): such a service serves no pod, whatever its selector.</summary>
    [Id(1)] public bool IsExternalName { get; init; }
}

/// <summary>An EndpointSlice that is not managed by Kubernetes' own endpoint-slice controller.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.EndpointSlice")]
public sealed record EndpointSlice : Resource
{
    /// <summary>The label <c>kubernetes.io/service-name</c>; empty where it is missing.</summary>
    [Id(0)] public string ServiceName { get; init; } = "";

    /// <summary>The pods of the slice's own namespace that its endpoints name in a <c>targetRef</c>.</summary>
    [Id(1)] public EquatableArray<PodTarget> Targets { get; init; } = [];
}
