using System.Net;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Limits;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Gateway;

/// <summary>How the gateway treats its subscribers. Validated at start.</summary>
public sealed class GatewayOptions
{
    private static readonly IReadOnlyList<IPNetwork> Loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>The kinds that are watched, hence may be subscribed to. Default: <see cref="ResourceKinds.Standard"/>.</summary>
    public KindSet Kinds { get; set; } = ResourceKinds.Standard;

    /// <summary>
    /// How many events a stream may be sent at once, 1 to 1,000,000. Default: 1,000, the smallest queue that a Falco in the field has
    /// for them.
    /// </summary>
    public int BurstEvents { get; set; } = 1000;

    /// <summary>How many events a stream may be sent per second beyond the burst, 1 to 10,000,000. Default: 2,000.</summary>
    public int EventsPerSecond { get; set; } = 2000;

    /// <summary>
    /// After how long a stream is ended whose subscriber reads nothing at all, 1 s or more; zero, the default, lets it wait for ever:
    /// it costs bounded memory, and catches up when it reads again.
    /// </summary>
    public TimeSpan StuckStreamLimit { get; set; }

    /// <summary>
    /// After how long without a sign of life a connection is pinged (HTTP/2), 1 s or more. Default: 30 s. Falco's plugin sets no
    /// keepalive of its own.
    /// </summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long an unanswered ping ends the connection, 1 s or more. Default: 20 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Over how long the streams are ended when the program stops, 0 to 5 min, so that not all subscribers come to the other replicas
    /// at once. Default: 10 s; less when there are few streams. Must be well below the host's shutdown timeout.
    /// </summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a subscriber may ask for another node than its own. Default: <see cref="NodeAuthorization.Warn"/>.</summary>
    public NodeAuthorization AuthorizeNodes { get; set; } = NodeAuthorization.Warn;

    /// <summary>
    /// Where subscribers for any node may come from. Default: loopback, which <c>kubectl port-forward</c> and sidecars come from.
    /// </summary>
    public IReadOnlyList<IPNetwork> AuthorizeExempt { get; set; } = Loopback;

    /// <summary>Whether gRPC clients are told of the services (server reflection). Default: they are not; Falco needs it not.</summary>
    public bool Reflection { get; set; }

    /// <summary>
    /// How long the number of replicas must have stood still before streams are sent from here to the others, 0 to 1 h. Default: 30 s:
    /// in a rolling update they move often enough by themselves.
    /// </summary>
    public TimeSpan RebalanceAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// With so many streams or fewer nothing is sent to the other replicas, however few they have, 1 or more. Default: 100, which cost
    /// a replica next to nothing.
    /// </summary>
    public int RebalanceFloor { get; set; } = 100;

    /// <summary>
    /// How often a node's grain is told that its content is still wanted, 1 s to 1 min. Default: 10 s, with jitter. It forgets who
    /// does not renew.
    /// </summary>
    public TimeSpan RenewPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a node's content is kept up to date after its last stream ended, 0 to 10 min. Default: 5 s.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What subscribers may use up.</summary>
    public GatewayLimits Limits { get; set; } = new();
}
