namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>A peer whose connections to a replica could not be used. Immutable.</summary>
/// <param name="Port">Which port: Broker or Replicas; newer versions may add others.</param>
/// <param name="Cause">Why, in one word that depends on the replica's version.</param>
/// <param name="Address">Where it comes from, as <see cref="Model.NodeAddress"/> spells it.</param>
/// <param name="Count">How often it came.</param>
/// <param name="Ago">How long ago it came last.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.StrangerInspection")]
public sealed record StrangerInspection(
    [property: Id(0)] string Port, [property: Id(1)] string Cause, [property: Id(2)] string Address, [property: Id(3)] int Count,
    [property: Id(4)] TimeSpan Ago);
