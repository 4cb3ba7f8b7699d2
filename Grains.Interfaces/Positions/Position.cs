namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>
/// How far a consumer has followed one namespace. Only the leader mints positions; every hop hands them on unchanged, so they can
/// be compared wherever they come from. Ordered by term, then number. Immutable.
/// </summary>
/// <param name="Term">The leader's term, from 1; 0 only in <see cref="None"/>.</param>
/// <param name="Number">Counts the leader's changes within its term, from 1.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.Position")]
public readonly record struct Position([property: Id(0)] long Term, [property: Id(1)] long Number) : IComparable<Position>
{
    /// <summary>The position of who has seen nothing.</summary>
    public static Position None => default;

    /// <summary>Whether nothing has been seen.</summary>
    public bool IsNone => this == default;

    /// <inheritdoc/>
    public int CompareTo(Position other) => Term != other.Term ? Term.CompareTo(other.Term) : Number.CompareTo(other.Number);

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(Position left, Position right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is older or the same.</summary>
    public static bool operator <=(Position left, Position right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(Position left, Position right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is newer or the same.</summary>
    public static bool operator >=(Position left, Position right) => left.CompareTo(right) >= 0;

    /// <summary>As <c>term.number</c>.</summary>
    public override string ToString() => $"{Term}.{Number}";
}

/// <summary>How far one namespace, or a node's slice of it, has come. Immutable.</summary>
/// <param name="Namespace">Name of the namespace.</param>
/// <param name="Position">The position.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespacePosition")]
public readonly record struct NamespacePosition([property: Id(0)] string Namespace, [property: Id(1)] Position Position);
