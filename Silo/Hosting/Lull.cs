namespace MetaCollector.Silo.Hosting;

/// <summary>Detects that leader and membership have not changed for a while, once after each change. Not thread-safe.</summary>
/// <param name="after">How long they must not change.</param>
/// <param name="time">Clock.</param>
internal sealed class Lull(TimeSpan after, TimeProvider time)
{
    private (long Generation, MembershipVersion Version) _seen;
    private long? _changedAt = time.GetTimestamp();

    /// <summary>Whether <see cref="HasCome"/> has returned true, and nothing has changed since.</summary>
    public bool IsQuiet => _changedAt is null;

    /// <summary>Takes the present state.</summary>
    /// <returns>Whether the quiet time is just over.</returns>
    public bool HasCome(long generation, MembershipVersion version)
    {
        if (_seen != (generation, version)) (_seen, _changedAt) = ((generation, version), time.GetTimestamp());
        if (_changedAt is not { } at || time.GetElapsedTime(at) < after) return false;
        _changedAt = null;
        return true;
    }
}
