using System.Net;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Limits;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Settings;

/// <summary>How replicas find each other.</summary>
public enum ClusteringMode
{
    /// <summary>There is one replica, and it leads. Needs no right in Kubernetes but to read the kinds that it streams.</summary>
    Localhost,

    /// <summary>Through a ConfigMap, and a Lease for the leader.</summary>
    Kubernetes,
}

/// <summary>Whether subscribers must present a certificate.</summary>
public enum ClientCertificates
{
    /// <summary>They must.</summary>
    Required,

    /// <summary>They need not; a certificate that they present must be valid.</summary>
    Optional,
}

/// <summary>How log lines are written.</summary>
public enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>The options of one replica, with the defaults of the command line. Immutable.</summary>
public sealed record CollectorOptions
{
    /// <summary>Where /metrics is served; null: nowhere. :8080 by default.</summary>
    public BindAddress? Metrics { get; init; } = new(null, 8080);

    /// <summary>Whether the feed's metrics are served under the names of Kubernetes' controllers too. False by default.</summary>
    public bool ControllerMetrics { get; init; }

    /// <summary>Where /healthz and /readyz are served; null: nowhere. :8081 by default.</summary>
    public BindAddress? Probes { get; init; } = new(null, 8081);

    /// <summary>Where Falco connects. :45000 by default.</summary>
    public BindAddress Broker { get; init; } = new(null, 45000);

    /// <summary>Where <c>metacollector inspect</c> asks; null: nowhere. 127.0.0.1:8083 by default.</summary>
    public BindAddress? Inspect { get; init; } = new(IPAddress.Loopback, 8083);

    /// <summary>Where the Orleans dashboard is served; null: nowhere. 127.0.0.1:8082 by default.</summary>
    public BindAddress? Dashboard { get; init; } = new(IPAddress.Loopback, 8082);

    /// <summary>PEM file with the broker's certificate; null (the default): plaintext.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with the authorities of the subscribers' certificates; null (the default): subscribers need none.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary>Whether a subscriber must have a certificate, where <see cref="ClientCaFile"/> is given. <see cref="ClientCertificates.Required"/> by default.</summary>
    public ClientCertificates ClientCertificates { get; init; }

    /// <summary>Common names and DNS names, of which a subscriber's certificate must have one; none, the default: any will do.</summary>
    public IReadOnlyList<string> ClientNames { get; init; } = [];

    /// <summary>Whether a subscriber may ask for another node than its own. <see cref="NodeAuthorization.Warn"/> by default.</summary>
    public NodeAuthorization AuthorizeNodes { get; init; } = NodeAuthorization.Warn;

    /// <summary>Networks whose subscribers may ask for any node. Loopback by default.</summary>
    public IReadOnlyList<IPNetwork> AuthorizeExempt { get; init; } = new GatewayOptions().AuthorizeExempt;

    /// <summary>Nodes that never have a Falco, by name; * stands for any letters. None by default.</summary>
    public IReadOnlyList<string> NodesWithoutFalco { get; init; } = [];

    /// <summary>Whether the broker serves gRPC server reflection. False by default.</summary>
    public bool GrpcReflection { get; init; }

    /// <summary>How to reach the API server; null (the default) for <c>KUBECONFIG</c>, the pod's service account or <c>~/.kube/config</c>.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Kinds to watch beyond the standard ones. None by default.</summary>
    public KindSet ExtraKinds { get; init; }

    /// <summary>How replicas find each other. <see cref="ClusteringMode.Localhost"/> by default.</summary>
    public ClusteringMode Clustering { get; init; }

    /// <summary>Namespace of the ConfigMap and of the Lease.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Name of the cluster of replicas, of its ConfigMap and of its Lease.</summary>
    public string Name { get; init; } = "metacollector";

    /// <summary>Labels that the pod of each replica has; with none, the default, all pods of the namespace may be replicas.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> PodLabels { get; init; } = [];

    /// <summary>Port for the traffic between replicas, 0 for a free one (with <see cref="ClusteringMode.Localhost"/> only). 11111 by default.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Where other replicas reach this one. 127.0.0.1 by default.</summary>
    public IPAddress SiloAddress { get; init; } = IPAddress.Loopback;

    /// <summary>PEM file with this replica's certificate for the others; null (the default): plaintext, and anybody who reaches the port can connect.</summary>
    public string? SiloCertificateFile { get; init; }

    /// <summary>PEM file with its key.</summary>
    public string? SiloKeyFile { get; init; }

    /// <summary>PEM file with the authority that the other replicas' certificates come from.</summary>
    public string? SiloAuthorityFile { get; init; }

    /// <summary>How long streams may take to move to other replicas when this one stops. 10 s by default.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the number of replicas must not change before streams and grains move to other replicas. 30 s by default.</summary>
    public TimeSpan RebalanceAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>With this many streams or fewer, a replica sends none to others. 100 by default.</summary>
    public int RebalanceFloor { get; init; } = 100;

    /// <summary>How many events a stream may be sent per second beyond its first 1,000. 2,000 by default.</summary>
    public int EventsPerSecond { get; init; } = 2000;

    /// <summary>After how long a stream is ended whose subscriber reads nothing; zero, the default, lets it wait.</summary>
    public TimeSpan StuckStreamLimit { get; init; }

    /// <summary>The limits of subscribers.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>After how long a silent watch is ended. 3 min by default.</summary>
    public TimeSpan WatchIdleTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The least severe level that is logged. Information by default.</summary>
    public LogLevels LogLevels { get; init; } = new(LogLevel.Information);

    /// <summary>How log lines are written. Text by default.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>The name of the pod that this process runs in (downward API, POD_NAME); null outside a pod.</summary>
    public string? PodName { get; init; }

    /// <summary>The uid of that pod (downward API, POD_UID).</summary>
    public string? PodUid { get; init; }
}
