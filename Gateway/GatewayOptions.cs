using System.Net;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Limits;

namespace MetaCollector.Gateway;

/// <summary>Options of the gateway. Validated at start.</summary>
public sealed class GatewayOptions
{
    private static readonly IReadOnlyList<IPNetwork> Loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>The kinds that are watched, to which clients may subscribe. Default: <see cref="ResourceKinds.Standard"/>.</summary>
    public KindSet Kinds { get; set; } = ResourceKinds.Standard;

    /// <summary>
    /// How many events a stream may be sent at once, 1 to 1,000,000. Default: 1,000, the smallest event queue of any
    /// released Falco.
    /// </summary>
    public int BurstEvents { get; set; } = 1000;

    /// <summary>How many events a stream may be sent per second beyond the burst, 1 to 10,000,000. Default: 2,000.</summary>
    public int EventsPerSecond { get; set; } = 2000;

    /// <summary>
    /// After how long the gateway ends a stream whose subscriber reads nothing, 1 s or more. Zero, the default, means never: such a stream costs
    /// bounded memory, and catches up when its subscriber reads again.
    /// </summary>
    public TimeSpan StuckStreamLimit { get; set; }

    /// <summary>
    /// After how long without received data Kestrel pings a connection (HTTP/2), 1 s or more. Default: 30 s. Falco's plugin sets no keepalive
    /// itself.
    /// </summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long an unanswered ping ends the connection, 1 s or more. Default: 20 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The time over which the streams are ended when the program stops, 0 to 5 min, so that not all subscribers reconnect to the other replicas
    /// at once. Default: 10 s; shorter with few streams. Must be well below the host's shutdown timeout.
    /// </summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a subscriber may subscribe to another node than its own. Default: <see cref="NodeAuthorization.Warn"/>.</summary>
    public NodeAuthorization AuthorizeNodes { get; set; } = NodeAuthorization.Warn;

    /// <summary>
    /// Networks from which a subscriber may subscribe to any node. Default: loopback, for <c>kubectl port-forward</c> and sidecars.
    /// </summary>
    public IReadOnlyList<IPNetwork> AuthorizeExempt { get; set; } = Loopback;

    /// <summary>Whether to serve gRPC server reflection. Default: false; Falco does not need it.</summary>
    public bool Reflection { get; set; }

    /// <summary>
    /// How long the number of replicas must be unchanged before streams are moved to the others, 0 to 1 h. Default: 30 s: a rolling update
    /// moves streams anyway.
    /// </summary>
    public TimeSpan RebalanceAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// With this many streams or fewer, none is moved to other replicas, 1 or more. Default: 100, which cost a replica next to nothing.
    /// </summary>
    public int RebalanceFloor { get; set; } = 100;

    /// <summary>
    /// How often the gateway renews its subscription at a node's grain, 1 s to 20 s. Default: 10 s, with jitter; a sixth as often after twelve times
    /// without an event. The grain drops gateways that do not renew.
    /// </summary>
    public TimeSpan RenewPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a node's content is kept up to date after its last stream ended, 0 to 10 min. Default: 5 s.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Limits on what subscribers may use.</summary>
    public GatewayLimits Limits { get; set; } = new();
}
