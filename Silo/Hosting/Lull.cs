namespace MetaCollector.Silo.Hosting;

/// <summary>Notices when something has not changed for a while, once after each change. Not thread-safe.</summary>
/// <param name="after">How long that is.</param>
/// <param name="time">Clock.</param>
internal sealed class Lull(TimeSpan after, TimeProvider time)
{
    private (long Generation, MembershipVersion Version) _seen;
    private long? _changedAt = time.GetTimestamp();

    /// <summary>Whether it has been noticed, and nothing has changed since.</summary>
    public bool IsQuiet => _changedAt is null;

    /// <summary>Says what is to be seen now.</summary>
    /// <returns>Whether it has just become quiet.</returns>
    public bool HasCome(long generation, MembershipVersion version)
    {
        if (_seen != (generation, version)) (_seen, _changedAt) = ((generation, version), time.GetTimestamp());
        if (_changedAt is not { } at || time.GetElapsedTime(at) < after) return false;
        _changedAt = null;
        return true;
    }
}
