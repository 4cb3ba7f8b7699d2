namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What the grain of a namespace knows of one pod. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.PodInspection")]
public sealed record PodInspection
{
    /// <summary>How far the namespace has followed the leader.</summary>
    [Id(0)] public Position Position { get; init; }

    /// <summary>The kinds that the leader could read.</summary>
    [Id(1)] public KindSet Watched { get; init; }

    /// <summary>The pod; null where no pod of that name is known.</summary>
    [Id(2)] public Pod? Pod { get; init; }

    /// <summary>What it refers to, including resources that are not known.</summary>
    [Id(3)] public EquatableArray<PodReference> References { get; init; } = [];
}

/// <summary>One reference of a pod. Immutable.</summary>
/// <param name="Kind">The kind; it need not be a watched one.</param>
/// <param name="Uid">The uid.</param>
/// <param name="Name">The name; null where the resource itself is not known.</param>
/// <param name="Why">Why the pod refers to it.</param>
/// <param name="IsSent">Whether the pod's events contain it.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.PodReference")]
public sealed record PodReference(
    [property: Id(0)] string Kind, [property: Id(1)] Uid Uid, [property: Id(2)] string? Name,
    [property: Id(3)] ReferenceReason Why, [property: Id(4)] bool IsSent)
{
    /// <summary>What relates a service to the pod: its selector, or the name of an EndpointSlice; else empty.</summary>
    [Id(5)] public string Tie { get; init; } = "";
}

/// <summary>Why a pod refers to a resource. The numbers travel between silos: add, never renumber.</summary>
public enum ReferenceReason : byte
{
    /// <summary>Its namespace.</summary>
    Namespace = 0,

    /// <summary>Its controller owner.</summary>
    Owner = 1,

    /// <summary>The controller owner of that.</summary>
    OwnersOwner = 2,

    /// <summary>A service whose selector matches the pod's labels.</summary>
    Selector = 3,

    /// <summary>A service without selector that has an EndpointSlice which names the pod.</summary>
    EndpointSlice = 4,
}
