using Microsoft.AspNetCore.Connections.Features;

namespace MetaCollector.Gateway.Hosting;

/// <summary>
/// Kestrel's heartbeat, as a connection that stays gets it. Each second Kestrel has every connection look whether one of its times is up (headers,
/// a connection without a stream, a ping), and with HTTP/2 that wakes whoever reads from it: with hundreds of streams at rest it is most of what
/// there is to do. After its first minute a connection looks every five seconds, all of them together. Not thread-safe; neither is Kestrel's.
/// </summary>
/// <param name="each">Kestrel's, of one connection.</param>
/// <param name="time">Clock.</param>
internal sealed class RareHeartbeat(IConnectionHeartbeatFeature each, TimeProvider time) : IConnectionHeartbeatFeature
{
    /// <summary>How long a connection looks each time: those who come to do harm do so early.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    /// <summary>How often it looks afterwards; by so much its times may be up late.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly long _opened = time.GetTimestamp();
    private long _lookedIn;

    /// <inheritdoc/>
    public void OnHeartbeat(Action<object> action, object state) => each.OnHeartbeat(
        _ =>
        {
            if (IsDue()) action(state);
        },
        state);

    private bool IsDue()
    {
        // The same for all connections, so that they are due in the same round.
        var period = time.GetElapsedTime(0).Ticks / Period.Ticks;
        if (period == _lookedIn && time.GetElapsedTime(_opened) >= Young) return false;
        _lookedIn = period;
        return true;
    }
}
