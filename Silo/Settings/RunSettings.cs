namespace MetaCollector.Silo.Settings;

/// <summary>The settings of <c>metacollector run</c>: the one place for their names, defaults and descriptions.</summary>
internal static class RunSettings
{
    public static readonly Setting Metrics = new("metrics-bind-address", "ADDRESS", ":8080", "Where /metrics is served to Prometheus; 0 turns it off.");
    public static readonly Setting ControllerMetrics = new("controller-runtime-metrics", "", "false", "Serve the feed's metrics also under the names that Kubernetes' controllers have for theirs (workqueue_…, controller_runtime_…), as k8s-metacollector's dashboard asks for.") { IsSwitch = true };
    public static readonly Setting Probes = new("health-probe-bind-address", "ADDRESS", ":8081", "Where /healthz and /readyz are served; 0 turns them off.");
    public static readonly Setting Broker = new("broker-bind-address", "ADDRESS", ":45000", "Where Falco's k8smeta plugin connects (gRPC).");
    public static readonly Setting Certificate = new("broker-server-cert", "FILE", "", "PEM certificate (and chain) of the broker; with it, the broker speaks TLS. Read again when it changes.");
    public static readonly Setting Key = new("broker-server-key", "FILE", "", "PEM private key of that certificate.");
    public static readonly Setting ClientCa = new("broker-client-ca", "FILE", "", "PEM certificates of the authorities that subscribers' certificates must come from. Falco's plugin has no certificate.");
    public static readonly Setting ClientCertificate = new("broker-client-cert", "required|optional", "required", "With --broker-client-ca: whether a subscriber must present a certificate, or only a good one if any.");
    public static readonly Setting ClientNames = new("broker-client-names", "LIST", "any", "With --broker-client-ca: common names and DNS names, of which a certificate must have one.") { IsList = true };
    public static readonly Setting AuthorizeNodes = new("authorize-nodes", "off|warn|enforce", "warn", "Whether a subscriber, by its address, may ask for another node than its own: yes; yes, with a warning; no.");
    public static readonly Setting AuthorizeExempt = new("authorize-exempt", "LIST", "127.0.0.0/8,::1/128", "Addresses and networks (CIDR) whose subscribers may ask for any node. Replaces the default.") { IsList = true };
    public static readonly Setting NodesWithoutFalco = new("nodes-without-falco", "LIST", "none", "Nodes that never have a Falco, such as virtual ones, by name, with * for any letters: a missing stream there is no fault.") { IsList = true };
    public static readonly Setting GrpcReflection = new("grpc-reflection", "", "false", "Serve gRPC server reflection, for clients such as grpcurl.") { IsSwitch = true };
    public static readonly Setting Kubeconfig = new("kubeconfig", "FILE", "$KUBECONFIG, else the pod's service account, else ~/.kube/config", "How to reach the API server.");
    public static readonly Setting ExtraKinds = new("extra-kinds", "LIST", "none", "Kinds to watch beyond the standard seven: statefulsets, jobs, cronjobs. Needs the RBAC for them.") { IsList = true };
    public static readonly Setting Clustering = new("clustering", "kubernetes|localhost", "localhost", "How replicas find each other: in a ConfigMap, or not at all (one replica).");
    public static readonly Setting Namespace = new("namespace", "NAME", "the pod's, else default", "Namespace of the membership ConfigMap and of the Lease.");
    public static readonly Setting Name = new("name", "NAME", "metacollector", "Name of the cluster of replicas, of its ConfigMap and of its Lease.");
    public static readonly Setting PodLabels = new("pod-labels", "LIST", "none", "Labels that the pod of each replica has, as in app.kubernetes.io/instance=mine: replicas watch no other pods, and the ConfigMap and the Lease get them too.") { IsList = true };
    public static readonly Setting SiloPort = new("silo-port", "PORT", "11111", "Port for the traffic between replicas.");
    public static readonly Setting SiloAddress = new("silo-address", "IP", "$POD_IP, else the host's; 127.0.0.1 with localhost clustering", "Address at which the other replicas reach this one.");
    public static readonly Setting SiloCertificate = new("silo-cert", "FILE", "", "PEM certificate (and chain) of this replica, for server and client authentication; with it, replicas speak TLS and refuse strangers. Read again when it changes.");
    public static readonly Setting SiloKey = new("silo-key", "FILE", "", "PEM private key of that certificate.");
    public static readonly Setting SiloAuthority = new("silo-ca", "FILE", "", "PEM certificates of the authority that the other replicas' certificates have to come from; they also have to bear a name of this one's.");
    public static readonly Setting Inspect = new("inspect-bind-address", "ADDRESS", "127.0.0.1:8083", "Where metacollector inspect asks; empty turns it off. It has no password.");
    public static readonly Setting Dashboard = new("dashboard-bind-address", "ADDRESS", "127.0.0.1:8082", "Where the Orleans dashboard is served; empty turns it off. It has no password.");
    public static readonly Setting DrainTime = new("drain-time", "DURATION", "10s", "How long streams may take to move elsewhere when this replica stops.");
    public static readonly Setting RebalanceAfter = new("rebalance-after", "DURATION", "30s", "How long the number of replicas must not change before a replica sends streams that exceed its share by a fifth to the others, and grains move to their replicas.");
    public static readonly Setting RebalanceFloor = new("rebalance-floor", "NUMBER", "100", "With so many streams or fewer, a replica sends none to the others.");
    public static readonly Setting EventsPerSecond = new("events-per-second", "NUMBER", "2000", "How many events a stream may be sent per second beyond its first 1,000, so that Falco's queue does not overflow.");
    public static readonly Setting StuckStreamLimit = new("stuck-stream-limit", "DURATION", "0s", "End a stream whose subscriber reads nothing for this long; 0s lets it wait: it costs little and catches up.");
    public static readonly Setting MaxStreams = new("max-streams", "NUMBER", "20000", "How many streams a replica serves. Beyond it, as beyond most limits, the answer is UNAVAILABLE.");
    public static readonly Setting MaxStreamsPerPeer = new("max-streams-per-peer", "NUMBER", "1000", "How many streams may come from one address; from loopback any number.");
    public static readonly Setting MaxStreamsPerConnection = new("max-streams-per-connection", "NUMBER", "100", "How many calls may be open on one connection; more wait in the client.");
    public static readonly Setting MaxRequestBytes = new("max-request-bytes", "NUMBER", "65536", "How large a request of a subscriber may be, from 1024.");
    public static readonly Setting MaxHeaderBytes = new("max-header-bytes", "NUMBER", "16384", "How large the headers of a request may be, from 1024.");
    public static readonly Setting ConnectionsPerSecond = new("connections-per-second", "NUMBER", "1000", "How many connections a replica accepts in a second; of the others ten seconds' worth wait, the rest is closed.");
    public static readonly Setting HandshakeTimeout = new("handshake-timeout", "DURATION", "10s", "How long the TLS handshake, and the headers of a request, may take.");
    public static readonly Setting IdleTimeout = new("idle-timeout", "DURATION", "2m", "After how long a connection without a stream is closed.");
    public static readonly Setting MemoryHighWater = new("memory-high-water", "PERCENT", "85", "How full the heap may be before new streams are refused; open ones go on.");
    public static readonly Setting WatchIdleTimeout = new("watch-idle-timeout", "DURATION", "3m", "List a kind again when its watch is silent for this long. The API server sends something about every minute.");
    public static readonly Setting LogLevel = new("log-level", "LEVEL[,CATEGORY=LEVEL]", "info", "The least severe level that is logged: trace, debug, info, warn, error; and, where wanted, of a category (logger in the JSON lines) and what is below it, as in info,Informer=debug.") { IsList = true };
    public static readonly Setting LogFormat = new("log-format", "json|text", "text on a terminal, json elsewhere", "How log lines are written.");
    public static readonly Setting ZapLevel = new("zap-log-level", "LEVEL", "", "As --log-level; a number from 1 means debug.") { IsLegacy = true };
    public static readonly Setting ZapDevel = new("zap-devel", "", "false", "As --log-level debug --log-format text.") { IsLegacy = true, IsSwitch = true };
    public static readonly Setting ZapEncoder = new("zap-encoder", "json|console", "", "As --log-format.") { IsLegacy = true };
    public static readonly Setting ZapStacktrace = new("zap-stacktrace-level", "LEVEL", "", "Accepted, without effect.") { IsLegacy = true };
    public static readonly Setting ZapTime = new("zap-time-encoding", "ENCODING", "", "Accepted, without effect: times are RFC 3339.") { IsLegacy = true };

    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        new("Kubernetes", Kubeconfig, ExtraKinds, WatchIdleTimeout),
        new("Falco's port", Broker, Certificate, Key, ClientCa, ClientCertificate, ClientNames, GrpcReflection),
        new("Who may ask for which node", AuthorizeNodes, AuthorizeExempt, NodesWithoutFalco),
        new("Streams", DrainTime, RebalanceAfter, RebalanceFloor, EventsPerSecond, StuckStreamLimit),
        new("Limits", MaxStreams, MaxStreamsPerPeer, MaxStreamsPerConnection, MaxRequestBytes, MaxHeaderBytes, ConnectionsPerSecond, HandshakeTimeout, IdleTimeout,
            MemoryHighWater),
        new("Replicas", Clustering, Namespace, Name, PodLabels, SiloPort, SiloAddress, SiloCertificate, SiloKey, SiloAuthority),
        new("For operators", Probes, Metrics, ControllerMetrics, Inspect, Dashboard, LogLevel, LogFormat),
        new("Of k8s-metacollector", ZapLevel, ZapDevel, ZapEncoder, ZapStacktrace, ZapTime),
    ];

    public static IReadOnlyList<Setting> All { get; } = [.. Groups.SelectMany(group => group.Settings)];
}
