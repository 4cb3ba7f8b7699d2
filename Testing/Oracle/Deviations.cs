using MetaCollector.Testing.Streams;

namespace MetaCollector.Testing.Oracle;

/// <summary>In what ways subscribers differ from what they should hold, counted.</summary>
internal sealed class Deviations
{
    /// <summary>Resources that should be held and are not.</summary>
    public int Missing { get; private set; }

    /// <summary>Resources that are held and should not be.</summary>
    public int Extra { get; private set; }

    /// <summary>Resources that are held in another version than they should be.</summary>
    public int Stale { get; private set; }

    /// <summary>Events that a log does not allow.</summary>
    public int Illegal { get; set; }

    /// <summary>References to what was not sent.</summary>
    public int Dangling { get; set; }

    /// <summary>Whether there are none.</summary>
    public bool IsClean => Missing + Extra + Stale + Illegal + Dangling == 0;

    /// <summary>Compares what a subscriber holds with what it should hold: uid to a line with everything in it.</summary>
    public static Deviations Between(IReadOnlyDictionary<string, string> expected, StreamLog log)
    {
        var held = log.Held;
        return new Deviations
        {
            Missing = expected.Keys.Count(uid => !held.ContainsKey(uid)),
            Extra = held.Keys.Count(uid => !expected.ContainsKey(uid)),
            Stale = held.Count(item => expected.TryGetValue(item.Key, out var line) && Expected.Of(item.Value).ToString() != line),
        };
    }

    /// <summary>Adds others.</summary>
    public void Add(Deviations other)
    {
        Missing += other.Missing;
        Extra += other.Extra;
        Stale += other.Stale;
        Illegal += other.Illegal;
        Dangling += other.Dangling;
    }

    /// <inheritdoc/>
    public override string ToString() => $"missing {Missing}, extra {Extra}, stale {Stale}";
}
