using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Silo.Certificates;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Watching;

/// <summary>How <c>metacollector watch</c> writes what it receives.</summary>
internal enum WatchOutput
{
    /// <summary>A live table of the node's resources.</summary>
    Table,

    /// <summary>One JSON object for each event.</summary>
    Json,

    /// <summary>One readable line for each event.</summary>
    Events,
}

/// <summary>The options of <c>metacollector watch</c>. Immutable.</summary>
/// <param name="Node">The node.</param>
/// <param name="Address">The collector.</param>
/// <param name="Kinds">The kinds to subscribe to.</param>
/// <param name="Tls">The TLS options, where <paramref name="Address"/> is https.</param>
/// <param name="Output">The output format.</param>
internal sealed record WatchOptions(string Node, Uri Address, IReadOnlyList<string> Kinds, WatchTls Tls, WatchOutput Output)
{
    public static readonly Setting NodeSetting = new("node", "NAME", "", "The node whose resources to show, as in kubectl get nodes.");
    public static readonly Setting AddressSetting = new("addr", "HOST:PORT", "localhost:45000", "The collector's broker; with https:// before it, TLS with the system's authorities.");
    public static readonly Setting KindsSetting = new("kinds", "LIST", "all", "The kinds to subscribe to, for example Pod,Service.") { IsList = true };
    public static readonly Setting CaSetting = new("tls-ca", "FILE", "", "PEM file with the authority that signed the broker's certificate; implies TLS.");
    public static readonly Setting ServerNameSetting = new("tls-server-name", "NAME", "the host of --addr", "The name that the broker's certificate must bear, where it is reached by another, as through a port-forward; implies TLS.");
    public static readonly Setting CertificateSetting = new("tls-cert", "FILE", "", "PEM certificate to present, where the broker asks for one (run --broker-client-ca); implies TLS.");
    public static readonly Setting KeySetting = new("tls-key", "FILE", "", "PEM private key of that certificate.");
    public static readonly Setting InsecureSetting = new("tls-insecure", "", "false", "Take any certificate: another program may answer in place of the broker; implies TLS.") { IsSwitch = true };
    public static readonly Setting OutputSetting = new("output", "table|json|events", "table on a terminal, json elsewhere", "How to write: a live table, a JSON object a line, or a readable line for each event.") { Letter = 'o' };

    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        new("What", NodeSetting, KindsSetting, OutputSetting),
        new("Where", AddressSetting, CaSetting, ServerNameSetting, CertificateSetting, KeySetting, InsecureSetting),
    ];

    public static WatchOptions Read(SettingParser parser, bool isTerminal, SettingFaults faults)
    {
        var node = parser.Text(NodeSetting);
        if (node is null) faults.Add("--node", "needs the name of a node; kubectl get nodes lists them");
        var tls = ReadTls(parser, faults);
        var output = parser.Choice(OutputSetting, isTerminal ? WatchOutput.Table : WatchOutput.Json,
            ("table", WatchOutput.Table), ("json", WatchOutput.Json), ("events", WatchOutput.Events));
        return new WatchOptions(node ?? "", ReadAddress(parser, tls.IsWanted, faults), ReadKinds(parser), tls, output);
    }

    private static WatchTls ReadTls(SettingParser parser, SettingFaults faults)
    {
        var tls = new WatchTls(
            parser.Text(CaSetting), parser.Text(ServerNameSetting), parser.Text(CertificateSetting), parser.Text(KeySetting), parser.Switch(InsecureSetting));
        if (tls.CaFile is { } ca && CertificatePair.CheckAuthorities(ca) is { } fault) faults.Add(parser.PlaceOf(CaSetting), fault);
        if (tls is { IsInsecure: true, CaFile: not null }) faults.Add(parser.PlaceOf(InsecureSetting), "takes any certificate, and --tls-ca only some; give one of the two");
        if (tls is { CertificateFile: not null, KeyFile: null }) faults.Add(parser.PlaceOf(CertificateSetting), "needs --tls-key too");
        if (tls is { CertificateFile: null, KeyFile: not null }) faults.Add(parser.PlaceOf(KeySetting), "needs --tls-cert too");
        if (tls is { CertificateFile: { } certificate, KeyFile: { } key } && CertificatePair.Check(certificate, key, TimeProvider.System.GetUtcNow()) is var (isCertificate, wrong))
            faults.Add(parser.PlaceOf(isCertificate ? CertificateSetting : KeySetting), wrong);
        return tls;
    }

    private static Uri ReadAddress(SettingParser parser, bool isTls, SettingFaults faults)
    {
        var given = parser.Text(AddressSetting) ?? "localhost:45000";
        var text = given;
        if (text.StartsWith(':')) text = $"localhost{text}";
        if (!text.Contains("://", StringComparison.Ordinal)) text = $"{(isTls ? "https" : "http")}://{text}";
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https" } && address.AbsolutePath == "/";
        var hasPort = given.Contains("://", StringComparison.Ordinal) || HostAndPort.HasPort(given);
        if (isAddress && hasPort && !(isTls && address!.Scheme == "http")) return address!;
        faults.Add(parser.PlaceOf(AddressSetting), !isAddress ? $"'{given}' is no address; write HOST:PORT"
            : !hasPort ? $"'{given}' has no port; write {given}:45000"
            : $"'{text}' is plaintext, and the --tls flags ask for TLS");
        return new Uri("http://localhost:45000");
    }

    private static IReadOnlyList<string> ReadKinds(SettingParser parser) => parser.Words(KindsSetting) is { Count: > 0 } kinds
        ? kinds
        : [.. ResourceKinds.Standard.Union(ResourceKinds.Extra).Kinds().Select(ResourceKinds.NameOf)];
}
