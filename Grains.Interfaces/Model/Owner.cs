namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>The controller owner of an object, from its <c>metadata.ownerReferences</c>. Immutable.</summary>
/// <param name="Group">API group of the owner, from the reference's <c>apiVersion</c>; empty for the core group.</param>
/// <param name="Kind">Kind of the owner; it need not be a watched one.</param>
/// <param name="Uid">The owner's uid.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.Owner")]
public sealed record Owner([property: Id(0)] string Group, [property: Id(1)] string Kind, [property: Id(2)] Uid Uid)
{
    /// <summary>The owner's kind; null if it is not a kind that we watch.</summary>
    public ResourceKind? KnownKind => ResourceKinds.Find(Group, Kind);
}

/// <summary>A pod that an endpoint names. Immutable.</summary>
/// <param name="Name">Name of the pod, in the slice's namespace.</param>
/// <param name="Uid">Its uid; empty if the reference has none; then the name identifies the pod.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.PodTarget")]
public readonly record struct PodTarget([property: Id(0)] string Name, [property: Id(1)] Uid Uid);
