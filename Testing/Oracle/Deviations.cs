using MetaCollector.Testing.Streams;

namespace MetaCollector.Testing.Oracle;

/// <summary>In what ways subscribers differ from what they should hold, counted, and some of them in full.</summary>
internal sealed class Deviations
{
    private const int ToldInFull = 5;

    private readonly List<string> _some = [];

    private int _missing;
    private int _extra;
    private int _stale;

    /// <summary>Resources that should be held and are not.</summary>
    public int Missing => _missing;

    /// <summary>Resources that are held and should not be.</summary>
    public int Extra => _extra;

    /// <summary>Resources that are held in another version than they should be.</summary>
    public int Stale => _stale;

    /// <summary>Events that a log does not allow.</summary>
    public int Illegal { get; private set; }

    /// <summary>References to what was not sent.</summary>
    public int Dangling { get; private set; }

    /// <summary>Whether there are none.</summary>
    public bool IsClean => Missing + Extra + Stale + Illegal + Dangling == 0;

    /// <summary>Compares what a subscriber holds with what it should hold: uid to a line with everything in it.</summary>
    public static Deviations Between(IReadOnlyDictionary<string, string> expected, StreamLog log)
    {
        var held = log.Held;
        var found = new Deviations();
        foreach (var (uid, line) in expected)
        {
            if (!held.TryGetValue(uid, out var received)) found.Tell(ref found._missing, $"missing: {line}");
            else if (Expected.Of(received).ToString() is var other && other != line) found.Tell(ref found._stale, $"stale: {other} instead of {line}");
        }

        foreach (var extra in held.Where(item => !expected.ContainsKey(item.Key))) found.Tell(ref found._extra, $"extra: {Expected.Of(extra.Value)}");
        return found;
    }

    /// <summary>Adds others.</summary>
    public void Add(Deviations other)
    {
        _missing += other.Missing;
        _extra += other.Extra;
        _stale += other.Stale;
        Illegal += other.Illegal;
        Dangling += other.Dangling;
        _some.AddRange(other._some.Take(ToldInFull - _some.Count));
    }

    /// <summary>Adds what <see cref="StreamLog.Faults"/> tells.</summary>
    public void AddFaults(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
        {
            if (fault.Contains("dangling", StringComparison.Ordinal)) Dangling++;
            else Illegal++;
        }
    }

    public override string ToString() => string.Join('\n', [$"missing {Missing}, extra {Extra}, stale {Stale}", .. _some]);

    private void Tell(ref int count, string deviation)
    {
        count++;
        if (_some.Count < ToldInFull) _some.Add(deviation);
    }
}
