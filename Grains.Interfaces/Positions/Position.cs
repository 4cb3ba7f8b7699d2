namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>
/// How far a consumer has followed one namespace. Only the leader mints positions, and every hop passes them on unchanged, so positions of
/// different hops can be compared. Ordered by term, then number. Immutable.
/// </summary>
/// <param name="Term">The leader's term, from 1; 0 only in <see cref="None"/>.</param>
/// <param name="Number">Number within the term, from 1.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.Position")]
public readonly record struct Position([property: Id(0)] long Term, [property: Id(1)] long Number) : IComparable<Position>
{
    /// <summary>The position of a consumer that has seen nothing.</summary>
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

/// <summary>The position of one namespace, or of a node's slice of it. Immutable.</summary>
/// <param name="Namespace">Name of the namespace.</param>
/// <param name="Position">The position.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespacePosition")]
public readonly record struct NamespacePosition([property: Id(0)] string Namespace, [property: Id(1)] Position Position);
