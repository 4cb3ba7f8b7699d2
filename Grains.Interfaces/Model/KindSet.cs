namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>A set of <see cref="ResourceKind"/>s in one word. Immutable.</summary>
/// <param name="Bits">Bit n stands for the kind with number n.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.KindSet")]
public readonly record struct KindSet([property: Id(0)] uint Bits)
{
    /// <summary>The set of these kinds.</summary>
    public static KindSet Of(params ReadOnlySpan<ResourceKind> kinds)
    {
        var bits = 0u;
        foreach (var kind in kinds) bits |= Bit(kind);
        return new KindSet(bits);
    }

    /// <summary>Every kind, including those that newer versions may add.</summary>
    public static KindSet All => new(uint.MaxValue & ~1u);

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>Whether <paramref name="kind"/> is in the set.</summary>
    public bool Contains(ResourceKind kind) => (Bits & Bit(kind)) != 0;

    /// <summary>This set and <paramref name="kind"/>.</summary>
    public KindSet With(ResourceKind kind) => new(Bits | Bit(kind));

    /// <summary>This set without <paramref name="kind"/>.</summary>
    public KindSet Without(ResourceKind kind) => new(Bits & ~Bit(kind));

    /// <summary>Kinds in either set.</summary>
    public KindSet Union(KindSet other) => new(Bits | other.Bits);

    /// <summary>Kinds in both sets.</summary>
    public KindSet Intersect(KindSet other) => new(Bits & other.Bits);

    /// <summary>Kinds in this set that are not in the other.</summary>
    public KindSet Except(KindSet other) => new(Bits & ~other.Bits);

    /// <summary>The kinds, in the order of their numbers.</summary>
    public IEnumerable<ResourceKind> Kinds()
    {
        for (var n = 1; n < 32; n++)
            if ((Bits & (1u << n)) != 0) yield return (ResourceKind)n;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Kinds());

    private static uint Bit(ResourceKind kind) => 1u << (int)kind;
}
