using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>How what a subscriber holds differs from what it must hold, a line for each resource. Immutable.</summary>
/// <param name="Missing">Related, of a kind that it asked for, and not held.</param>
/// <param name="Extra">Held, and not related or not asked for.</param>
/// <param name="Stale">Held, but not as it is now.</param>
public sealed record Differences(IReadOnlyList<string> Missing, IReadOnlyList<string> Extra, IReadOnlyList<string> Stale)
{
    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Missing.Count + Extra.Count + Stale.Count == 0;

    /// <summary>Compares what a subscriber holds with what is related to its node.</summary>
    /// <param name="held">The last Create or Update of each uid that was not deleted since.</param>
    /// <param name="related">What is related, of any kind.</param>
    /// <param name="kinds">The kinds that the subscriber asked for, by the names that events carry.</param>
    public static Differences Between(
        IReadOnlyDictionary<string, Event> held, IReadOnlyDictionary<Uid, Expected> related, IEnumerable<string> kinds)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(related);
        var asked = kinds.ToHashSet(StringComparer.Ordinal);
        var wanted = related.Values.Where(expected => asked.Contains(expected.Kind)).ToDictionary(expected => expected.Uid, StringComparer.Ordinal);
        var both = wanted.Where(expected => held.ContainsKey(expected.Key))
            .Select(expected => (Wanted: expected.Value.ToString(), Held: Expected.Of(held[expected.Key]).ToString()));
        return new Differences(
            [.. wanted.Where(expected => !held.ContainsKey(expected.Key)).Select(expected => expected.Value.ToString()).Order(StringComparer.Ordinal)],
            [.. held.Where(told => !wanted.ContainsKey(told.Key)).Select(told => Expected.Of(told.Value).ToString()).Order(StringComparer.Ordinal)],
            [.. both.Where(pair => pair.Wanted != pair.Held).Select(pair => $"{pair.Held} is now {pair.Wanted}").Order(StringComparer.Ordinal)]);
    }

    /// <summary>All lines, each with what is wrong.</summary>
    public override string ToString() => string.Join('\n', (string[])
        [.. Missing.Select(line => $"missing: {line}"), .. Extra.Select(line => $"extra: {line}"), .. Stale.Select(line => $"stale: {line}")]);
}
