namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>The leader's answer about a namespace. Immutable.</summary>
/// <param name="IsCurrent">Whether the position that was asked about is current.</param>
/// <param name="GoneAsOf">
/// If the namespace has no objects, the position as of which it has none, newer than any position before; else
/// <see cref="Position.None"/>.
/// </param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespaceVerdict")]
public readonly record struct NamespaceVerdict([property: Id(0)] bool IsCurrent, [property: Id(1)] Position GoneAsOf);
