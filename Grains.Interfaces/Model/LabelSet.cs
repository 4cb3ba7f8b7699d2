using System.Collections;

namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// Labels, or the labels that a selector asks for: keys and values, sorted by key (ordinal), shared between objects.
/// Immutable; equality is that of the content.
/// </summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.LabelSet")]
public sealed class LabelSet : IEquatable<LabelSet>, IReadOnlyCollection<KeyValuePair<string, string>>
{
    // Key, value, key, value…: one array, one object.
    [Id(0)] private readonly string[] _flat;
    [NonSerialized] private int _hash;

    private LabelSet(string[] flat) => _flat = flat;

    /// <summary>No labels at all.</summary>
    public static LabelSet Empty { get; } = new([]);

    /// <summary>How many labels there are.</summary>
    public int Count => _flat.Length / 2;

    /// <summary>How long all keys and values are together, in characters.</summary>
    public int TextLength
    {
        get
        {
            var length = 0;
            foreach (var text in _flat) length += text.Length;
            return length;
        }
    }

    /// <summary>A set of these labels, given in any order; if a key is given twice, the last value counts.</summary>
    public static LabelSet Of(IEnumerable<KeyValuePair<string, string>> labels)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in labels) sorted[key] = value;
        if (sorted.Count == 0) return Empty;
        var flat = new string[sorted.Count * 2];
        var i = 0;
        foreach (var (key, value) in sorted) (flat[i++], flat[i++]) = (key, value);
        return new LabelSet(flat);
    }

    /// <summary>A set from keys and values in turn, which takes over the array. Cheap if the keys are sorted and unique.</summary>
    public static LabelSet OfFlat(string[] keysAndValues)
    {
        ArgumentNullException.ThrowIfNull(keysAndValues);
        for (var i = 2; i < keysAndValues.Length; i += 2)
        {
            if (string.CompareOrdinal(keysAndValues[i - 2], keysAndValues[i]) >= 0)
                return Of(keysAndValues.Chunk(2).Select(label => KeyValuePair.Create(label[0], label[1])));
        }

        return keysAndValues.Length == 0 ? Empty : new LabelSet(keysAndValues);
    }

    /// <summary>The value of <paramref name="key"/>, or null where it is not set.</summary>
    public string? Find(string key)
    {
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = string.CompareOrdinal(_flat[middle * 2], key);
            if (order == 0) return _flat[middle * 2 + 1];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }

    /// <summary>The label at <paramref name="index"/>, from 0 in the order of the keys.</summary>
    public KeyValuePair<string, string> At(int index) => new(_flat[index * 2], _flat[index * 2 + 1]);

    /// <summary>Whether every label of this set, as a selector, is in <paramref name="labels"/>. The empty set selects nothing.</summary>
    public bool Selects(LabelSet labels)
    {
        if (Count == 0 || Count > labels.Count) return false;
        int mine = 0, theirs = 0;
        while (mine < _flat.Length)
        {
            if (theirs >= labels._flat.Length) return false;
            var order = string.CompareOrdinal(_flat[mine], labels._flat[theirs]);
            if (order < 0) return false;
            if (order == 0)
            {
                if (!string.Equals(_flat[mine + 1], labels._flat[theirs + 1], StringComparison.Ordinal)) return false;
                mine += 2;
            }

            theirs += 2;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) =>
        ReferenceEquals(this, other)
        || (other is not null && GetHashCode() == other.GetHashCode() && _flat.AsSpan().SequenceEqual(other._flat));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_hash != 0) return _hash;
        var hash = new HashCode();
        foreach (var text in _flat) hash.Add(text, StringComparer.Ordinal);
        var code = hash.ToHashCode();
        return _hash = code == 0 ? 1 : code;
    }

    /// <summary>The labels in the order of their keys.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < _flat.Length; i += 2) yield return new(_flat[i], _flat[i + 1]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As kubectl shows labels: <c>app=web,tier=front</c>.</summary>
    public override string ToString() => string.Join(',', this.Select(label => $"{label.Key}={label.Value}"));
}
