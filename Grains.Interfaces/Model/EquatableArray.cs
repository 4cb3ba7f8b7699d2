using System.Collections;
using System.Runtime.CompilerServices;

namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>An array that is compared by content, for use in records. Immutable: it owns its array.</summary>
/// <typeparam name="T">Type of the items.</typeparam>
[GenerateSerializer, Immutable, Alias("MetaCollector.EquatableArray`1")]
[CollectionBuilder(typeof(EquatableArray), nameof(EquatableArray.Create))]
public readonly struct EquatableArray<T> : IEquatable<EquatableArray<T>>, IReadOnlyList<T>
{
    [Id(0)] private readonly T[]? _items;

    internal EquatableArray(T[] items) => _items = items;

    /// <inheritdoc/>
    public int Count => _items?.Length ?? 0;

    /// <inheritdoc/>
    public T this[int index] => Span[index];

    /// <summary>The items.</summary>
    public ReadOnlySpan<T> Span => _items;

    /// <inheritdoc/>
    public bool Equals(EquatableArray<T> other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EquatableArray<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in Span) hash.Add(item);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)(_items ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both hold the same items in the same order.</summary>
    public static bool operator ==(EquatableArray<T> left, EquatableArray<T> right) => left.Equals(right);

    /// <summary>Whether the items differ.</summary>
    public static bool operator !=(EquatableArray<T> left, EquatableArray<T> right) => !left.Equals(right);
}

/// <summary>Creates <see cref="EquatableArray{T}"/>s, also for collection expressions.</summary>
public static class EquatableArray
{
    /// <summary>An array of these items.</summary>
    public static EquatableArray<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}
