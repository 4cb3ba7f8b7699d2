using Microsoft.AspNetCore.Connections.Features;

namespace MetaCollector.Gateway.Hosting;

/// <summary>
/// Kestrel's heartbeat for a long-lived connection. Each second Kestrel calls every connection to check its timeouts (headers, idle, ping), and
/// with HTTP/2 that wakes its reading loop: with hundreds of idle streams this is most of the CPU time. After its first minute a connection
/// checks every five seconds, all connections together. Not thread-safe; neither is Kestrel's.
/// </summary>
internal sealed class RareHeartbeat(IConnectionHeartbeatFeature each, TimeProvider time) : IConnectionHeartbeatFeature
{
    /// <summary>How long a new connection checks every second: a harmful client hits its timeouts early.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    /// <summary>How often it checks afterwards; a timeout may come this much late.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly long _opened = time.GetTimestamp();
    private long _lookedIn;

    public void OnHeartbeat(Action<object> action, object state) => each.OnHeartbeat(
        _ =>
        {
            if (IsDue()) action(state);
        },
        state);

    private bool IsDue()
    {
        // The same number for all connections, so that they check in the same heartbeat.
        var period = time.GetElapsedTime(0).Ticks / Period.Ticks;
        if (period == _lookedIn && time.GetElapsedTime(_opened) >= Young) return false;
        _lookedIn = period;
        return true;
    }
}
