namespace MetaCollector.Grains.Slices;

/// <summary>What the grain of a namespace takes along of a node when it moves.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Held">The position that the node acknowledged.</param>
/// <param name="AsOf">The position as of which that was all that there was for it; none where something was due to it.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.ToldNode")]
internal readonly record struct ToldNode([property: Id(0)] string Node, [property: Id(1)] Position Held, [property: Id(2)] Position AsOf);
