using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Watching;

/// <summary>How <c>metacollector watch</c> writes what it receives.</summary>
internal enum WatchOutput
{
    /// <summary>A table of what the node holds, kept current.</summary>
    Table,

    /// <summary>One JSON object for each event.</summary>
    Json,

    /// <summary>One readable line for each event.</summary>
    Events,
}

/// <summary>What to watch, and where. Immutable.</summary>
/// <param name="Node">The node.</param>
/// <param name="Address">The collector.</param>
/// <param name="Kinds">The kinds to subscribe to.</param>
/// <param name="CaFile">PEM file with the authority to trust; null for the system's.</param>
/// <param name="Output">How to write.</param>
internal sealed record WatchOptions(string Node, Uri Address, IReadOnlyList<string> Kinds, string? CaFile, WatchOutput Output)
{
    public static readonly Setting NodeSetting = new("node", "NAME", "", "The node whose resources to show, as in kubectl get nodes.");
    public static readonly Setting AddressSetting = new("addr", "HOST:PORT", "localhost:45000", "The collector's broker; with https:// before it, TLS with the system's authorities.");
    public static readonly Setting KindsSetting = new("kinds", "LIST", "all", "The kinds to subscribe to, for example Pod,Service.") { IsList = true };
    public static readonly Setting CaSetting = new("tls-ca", "FILE", "", "PEM file with the authority that signed the broker's certificate; implies TLS.");
    public static readonly Setting OutputSetting = new("output", "table|json|events", "table on a terminal, json elsewhere", "How to write: a live table, a JSON object a line, or a readable line for each event.") { Letter = 'o' };

    /// <summary>All settings of the command.</summary>
    public static IReadOnlyList<Setting> Settings { get; } = [NodeSetting, AddressSetting, KindsSetting, CaSetting, OutputSetting];

    /// <summary>Reads the settings.</summary>
    public static WatchOptions Read(SettingParser parser, bool isTerminal, Faults faults)
    {
        var node = parser.Text(NodeSetting);
        if (node is null) faults.Add("--node", "needs the name of a node; kubectl get nodes lists them");
        var ca = parser.Text(CaSetting);
        if (ca is not null && !File.Exists(ca)) faults.Add(parser.PlaceOf(CaSetting), $"file {ca} not found");
        var output = parser.Choice(OutputSetting, isTerminal ? WatchOutput.Table : WatchOutput.Json,
            ("table", WatchOutput.Table), ("json", WatchOutput.Json), ("events", WatchOutput.Events));
        return new WatchOptions(node ?? "", ReadAddress(parser, ca is not null, faults), ReadKinds(parser), ca, output);
    }

    private static Uri ReadAddress(SettingParser parser, bool hasCa, Faults faults)
    {
        var given = parser.Text(AddressSetting) ?? "localhost:45000";
        var text = given;
        if (text.StartsWith(':')) text = $"localhost{text}";
        if (!text.Contains("://", StringComparison.Ordinal)) text = $"{(hasCa ? "https" : "http")}://{text}";
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https" } && address.AbsolutePath == "/";
        if (isAddress && !(hasCa && address!.Scheme == "http")) return address!;
        faults.Add(parser.PlaceOf(AddressSetting), isAddress
            ? $"'{text}' is plaintext, and --tls-ca asks for TLS"
            : $"'{given}' is no address; write HOST:PORT");
        return new Uri("http://localhost:45000");
    }

    private static string[] ReadKinds(SettingParser parser) => parser.Text(KindsSetting) is { } kinds
        ? kinds.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [.. ResourceKinds.Standard.Union(ResourceKinds.Extra).Kinds().Select(ResourceKinds.NameOf)];
}
