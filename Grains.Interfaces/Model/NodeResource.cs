namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// A resource as the subscribers of a node are sent it: one immutable version, shared by every node, grain and stream of a silo
/// that holds it. Two look alike when a subscriber could not tell them apart.
/// </summary>
/// <param name="Resource">What was read from the API server.</param>
/// <param name="References">What it refers to; null for everything but a pod.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeResource")]
public sealed record NodeResource([property: Id(0)] Resource Resource, [property: Id(1)] References? References)
{
    /// <summary>The resource's uid.</summary>
    public Uid Uid => Resource.Uid;

    /// <summary>The resource's kind.</summary>
    public ResourceKind Kind => Resource.Kind;

    /// <summary>Whether a subscriber that holds this has nothing to learn from <paramref name="other"/>.</summary>
    public bool LooksLike(NodeResource other) =>
        ReferenceEquals(this, other) || (Resource.LooksLike(other.Resource) && Equals(References, other.References));
}
