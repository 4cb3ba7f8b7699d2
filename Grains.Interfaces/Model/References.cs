namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// What a pod refers to, as in its events: kind to uids. Kinds are sorted by name, uids by their text; shared between pods
/// that refer to the same. Immutable; equality is that of the content.
/// </summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.References")]
public sealed record References
{
    /// <summary>The kinds, sorted by name (ordinal).</summary>
    [Id(0)] public required EquatableArray<KindReferences> Kinds { get; init; }

    /// <summary>Whether <paramref name="uid"/> is referred to, under any kind.</summary>
    public bool Contains(Uid uid)
    {
        foreach (var kind in Kinds.Span)
            if (kind.Uids.Span.Contains(uid)) return true;
        return false;
    }
}

/// <summary>The uids of one kind that a pod refers to. Immutable.</summary>
/// <param name="Kind">Name of the kind; it need not be a watched one.</param>
/// <param name="Uids">The uids, sorted; empty only for <c>Service</c>, which is always there.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.KindReferences")]
public readonly record struct KindReferences([property: Id(0)] string Kind, [property: Id(1)] EquatableArray<Uid> Uids);
