namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// Tells every silo who leads: at once, to each silo that joins, and every few seconds, until withdrawn. A silo that has
/// seen a newer term answers with it. Thread-safe.
/// </summary>
public interface ILeaderAnnouncer
{
    /// <summary>Begins to announce, in place of what was announced before.</summary>
    void Announce(LeaderAnnouncement announcement);

    /// <summary>Announces nothing any more.</summary>
    void Withdraw();
}
