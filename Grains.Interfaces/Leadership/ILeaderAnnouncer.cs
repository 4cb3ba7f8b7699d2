namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// Sends the leader's announcement to every silo: at once, to each silo that joins, and every few seconds, until withdrawn. A silo that
/// has seen a newer term answers with that term. Thread-safe.
/// </summary>
public interface ILeaderAnnouncer
{
    /// <summary>Starts to announce; replaces the announcement before.</summary>
    void Announce(LeaderAnnouncement announcement);

    /// <summary>Stops announcing.</summary>
    void Withdraw();
}
