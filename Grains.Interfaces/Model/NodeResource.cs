namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// One version of a resource, as subscribers get it. All nodes, grains and streams of a silo share the instance. Immutable. Two versions
/// look alike if their events are the same.
/// </summary>
/// <param name="Resource">What was read from the API server.</param>
/// <param name="References">What it refers to; null for everything but a pod.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeResource")]
public sealed record NodeResource([property: Id(0)] Resource Resource, [property: Id(1)] References? References) : IHasUid
{
    /// <summary>The resource's uid.</summary>
    public Uid Uid => Resource.Uid;

    /// <summary>The resource's kind.</summary>
    public ResourceKind Kind => Resource.Kind;

    /// <summary>Whether the events of this version and of <paramref name="other"/> are the same.</summary>
    public bool LooksLike(NodeResource other) =>
        ReferenceEquals(this, other) || (Resource.LooksLike(other.Resource) && Equals(References, other.References));
}
