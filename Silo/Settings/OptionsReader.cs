using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MetaCollector.Gateway.Authorization;

namespace MetaCollector.Silo.Settings;

/// <summary>The environment that the program runs in. Immutable.</summary>
/// <param name="Environment">Environment variables.</param>
/// <param name="IsTerminal">Whether the log goes to a terminal.</param>
/// <param name="PodNamespace">The namespace of the pod; null outside a pod.</param>
internal sealed record Surroundings(IReadOnlyDictionary<string, string> Environment, bool IsTerminal, string? PodNamespace)
{
    private const string NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    public static Surroundings Current()
    {
        var environment = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        var podNamespace = environment.GetValueOrDefault("POD_NAMESPACE");
        if (string.IsNullOrEmpty(podNamespace) && File.Exists(NamespaceFile)) podNamespace = File.ReadAllText(NamespaceFile).Trim();
        return new Surroundings(environment, !Console.IsErrorRedirected, string.IsNullOrEmpty(podNamespace) ? null : podNamespace);
    }
}

/// <summary>Makes the options of a replica from its settings, and notes each fault that shows without opening files or ports.</summary>
internal static class OptionsReader
{
    private const int MostEventsPerSecond = 1_000_000;
    private const int MostStreams = 1_000_000;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShortestStuck = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);
    // The end of a silent watch costs the API server a list.
    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(1);

    /// <returns>The options; unusable where there are faults.</returns>
    public static CollectorOptions Read(SettingSources sources, Surroundings place, SettingFaults faults)
    {
        foreach (var key in sources.UnknownKeys(RunSettings.All))
            faults.Add($"appsettings.json {Setting.Section}:{key}", $"no such setting{Spelling.Suggest(key, RunSettings.All.Select(setting => setting.Key))}");

        var parser = new SettingParser(sources, faults);
        var standard = new CollectorOptions();
        var clustering = parser.Choice(RunSettings.Clustering, standard.Clustering,
            ("kubernetes", ClusteringMode.Kubernetes), ("localhost", ClusteringMode.Localhost));
        var (levels, format) = ReadLogging(parser, place);
        var options = new CollectorOptions
        {
            Metrics = parser.OptionalAddress(RunSettings.Metrics, standard.Metrics),
            ControllerMetrics = parser.Switch(RunSettings.ControllerMetrics),
            Probes = parser.OptionalAddress(RunSettings.Probes, standard.Probes),
            Broker = parser.Address(RunSettings.Broker, standard.Broker)!,
            Inspect = parser.OptionalAddress(RunSettings.Inspect, standard.Inspect),
            Dashboard = parser.OptionalAddress(RunSettings.Dashboard, standard.Dashboard),
            CertificateFile = parser.Text(RunSettings.Certificate),
            KeyFile = parser.Text(RunSettings.Key),
            ClientCaFile = parser.Text(RunSettings.ClientCa),
            ClientCertificates = parser.Choice(RunSettings.ClientCertificate, standard.ClientCertificates,
                ("required", ClientCertificates.Required), ("optional", ClientCertificates.Optional)),
            ClientNames = parser.Words(RunSettings.ClientNames),
            AuthorizeNodes = parser.Choice(RunSettings.AuthorizeNodes, standard.AuthorizeNodes,
                ("off", NodeAuthorization.Off), ("warn", NodeAuthorization.Warn), ("enforce", NodeAuthorization.Enforce)),
            AuthorizeExempt = parser.Networks(RunSettings.AuthorizeExempt, standard.AuthorizeExempt),
            NodesWithoutFalco = parser.Words(RunSettings.NodesWithoutFalco),
            GrpcReflection = parser.Switch(RunSettings.GrpcReflection),
            Kubeconfig = parser.Text(RunSettings.Kubeconfig),
            ExtraKinds = parser.Kinds(RunSettings.ExtraKinds),
            Clustering = clustering,
            Namespace = parser.Name(RunSettings.Namespace, place.PodNamespace ?? standard.Namespace),
            Name = parser.Name(RunSettings.Name, standard.Name),
            PodLabels = parser.ObjectLabels(RunSettings.PodLabels),
            SiloPort = parser.Port(RunSettings.SiloPort, standard.SiloPort),
            SiloAddress = parser.Ip(RunSettings.SiloAddress) ?? DefaultAddress(clustering, place, faults),
            SiloCertificateFile = parser.Text(RunSettings.SiloCertificate),
            SiloKeyFile = parser.Text(RunSettings.SiloKey),
            SiloAuthorityFile = parser.Text(RunSettings.SiloAuthority),
            DrainTime = parser.Duration(RunSettings.DrainTime, standard.DrainTime, LongestDrain),
            RebalanceAfter = parser.Duration(RunSettings.RebalanceAfter, standard.RebalanceAfter, LongestSilence),
            RebalanceFloor = parser.Number(RunSettings.RebalanceFloor, standard.RebalanceFloor, MostStreams),
            EventsPerSecond = parser.Number(RunSettings.EventsPerSecond, standard.EventsPerSecond, MostEventsPerSecond),
            StuckStreamLimit = parser.Duration(RunSettings.StuckStreamLimit, standard.StuckStreamLimit, LongestSilence),
            Limits = LimitsReader.Read(parser),
            WatchIdleTimeout = parser.Duration(RunSettings.WatchIdleTimeout, standard.WatchIdleTimeout, LongestSilence, ShortestSilence),
            LogLevels = levels,
            LogFormat = format,
            PodName = place.Environment.GetValueOrDefault("POD_NAME"),
            PodUid = place.Environment.GetValueOrDefault("POD_UID"),
        };
        FindContradictions(options, parser, faults);
        return options;
    }

    private static (LogLevels Levels, LogFormat Format) ReadLogging(SettingParser parser, Surroundings place)
    {
        var isDevelopment = parser.Switch(RunSettings.ZapDevel);
        var level = parser.ZapLevel(RunSettings.ZapLevel, isDevelopment ? LogLevel.Debug : LogLevel.Information);
        var natural = place.IsTerminal || isDevelopment ? LogFormat.Text : LogFormat.Json;
        var format = parser.Choice(RunSettings.ZapEncoder, natural, ("json", Settings.LogFormat.Json), ("console", Settings.LogFormat.Text));
        return (parser.Levels(RunSettings.LogLevel, level),
            parser.Choice(RunSettings.LogFormat, format, ("json", Settings.LogFormat.Json), ("text", Settings.LogFormat.Text)));
    }

    private static void FindContradictions(CollectorOptions options, SettingParser parser, SettingFaults faults)
    {
        if (options is { CertificateFile: not null, KeyFile: null })
            faults.Add(parser.PlaceOf(RunSettings.Certificate), "needs --broker-server-key too");
        if (options is { CertificateFile: null, KeyFile: not null })
            faults.Add(parser.PlaceOf(RunSettings.Key), "needs --broker-server-cert too");
        if (options is { CertificateFile: null, ClientCaFile: not null })
            faults.Add(parser.PlaceOf(RunSettings.ClientCa), "needs --broker-server-cert too: without TLS nobody presents a certificate");
        if (options is { ClientCaFile: null, ClientNames.Count: > 0 })
            faults.Add(parser.PlaceOf(RunSettings.ClientNames), "needs --broker-client-ca too");
        (Setting Setting, string? File)[] silo =
        [
            (RunSettings.SiloCertificate, options.SiloCertificateFile), (RunSettings.SiloKey, options.SiloKeyFile),
            (RunSettings.SiloAuthority, options.SiloAuthorityFile),
        ];
        var missing = string.Join(" and ", silo.Where(one => one.File is null).Select(one => $"--{one.Setting.Flag}"));
        if (missing.Length > 0 && silo.FirstOrDefault(one => one.File is not null) is { File: not null } given)
            faults.Add(parser.PlaceOf(given.Setting), $"needs {missing} too");
        if (options is { Clustering: ClusteringMode.Kubernetes, SiloPort: 0 })
            faults.Add(parser.PlaceOf(RunSettings.SiloPort), "0 works with --clustering localhost only; write the port that the other replicas may reach");

        if (options.StuckStreamLimit > TimeSpan.Zero && options.StuckStreamLimit < ShortestStuck)
            faults.Add(parser.PlaceOf(RunSettings.StuckStreamLimit), "must be 0s or at least 1s");

        (Setting Setting, BindAddress? Address)[] listeners =
        [
            (RunSettings.Broker, options.Broker), (RunSettings.Metrics, options.Metrics), (RunSettings.Probes, options.Probes),
            (RunSettings.Inspect, options.Inspect), (RunSettings.Dashboard, options.Dashboard),
            (RunSettings.SiloPort, new BindAddress(options.SiloAddress, options.SiloPort)),
        ];
        for (var later = 1; later < listeners.Length; later++)
        {
            for (var earlier = 0; earlier < later; earlier++)
            {
                if (listeners[later].Address is not { } second || listeners[earlier].Address is not { } first) continue;
                if (second.Collides(first))
                {
                    faults.Add(parser.PlaceOf(listeners[later].Setting),
                        $"port {second.Port} is taken by {parser.PlaceOf(listeners[earlier].Setting)} already; choose another");
                }
            }
        }
    }

    private static IPAddress DefaultAddress(ClusteringMode clustering, Surroundings place, SettingFaults faults)
    {
        if (clustering == ClusteringMode.Localhost) return IPAddress.Loopback;
        if (place.Environment.TryGetValue("POD_IP", out var ip) && ip.Length > 0)
        {
            if (IPAddress.TryParse(ip, out var address)) return address;
            faults.Add("POD_IP", $"'{ip}' is not an IP address");
            return IPAddress.Loopback;
        }

        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(card => card.OperationalStatus == OperationalStatus.Up && card.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Loopback;
    }
}
