using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>What the leader says of a namespace. Immutable.</summary>
/// <param name="IsCurrent">Whether the position that was asked about is current.</param>
/// <param name="GoneAsOf">
/// Where the namespace has no objects at all, the position as of which this is so, newer than any that was handed out before; else
/// <see cref="Position.None"/>.
/// </param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespaceVerdict")]
public readonly record struct NamespaceVerdict([property: Id(0)] bool IsCurrent, [property: Id(1)] Position GoneAsOf);
