using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Inspecting;

/// <summary>How <c>metacollector inspect</c> writes its answer.</summary>
internal enum InspectOutput
{
    /// <summary>Tables for people.</summary>
    Table,

    Json,
}

/// <summary>A question to <c>inspect</c>. Immutable.</summary>
/// <param name="Subject"><c>cluster</c>, <c>node</c>, <c>namespace</c> or <c>pod</c>.</param>
/// <param name="Path">Path of the report.</param>
/// <param name="Address">The address to ask.</param>
/// <param name="Output">How to write the answer.</param>
internal sealed record InspectQuery(string Subject, string Path, Uri Address, InspectOutput Output)
{
    public const string Usage = "cluster | node NAME | namespace NAME | pod NAMESPACE/NAME";

    private const string DefaultAddress = "127.0.0.1:8083";

    public static readonly Setting AddressSetting = new("inspect-addr", "HOST:PORT", DefaultAddress, "Where any replica serves inspect (run --inspect-bind-address).");
    public static readonly Setting OutputSetting = new("output", "table|json", "table", "How to write the answer.") { Letter = 'o' };

    public static IReadOnlyList<SettingGroup> Groups { get; } = [new("Flags", AddressSetting, OutputSetting)];

    public static InspectQuery Read(IReadOnlyList<string> words, SettingParser parser, SettingFaults faults)
    {
        var output = parser.Choice(OutputSetting, InspectOutput.Table, ("table", InspectOutput.Table), ("json", InspectOutput.Json));
        var names = Names(words, faults);
        return new InspectQuery(words.Count == 0 ? "" : words[0], InspectEndpoints.PathOf([.. words.Take(1), .. names]), ReadAddress(parser, faults), output);
    }

    private static string[] Names(IReadOnlyList<string> words, SettingFaults faults)
    {
        string[] names = [.. words.Skip(1)];
        switch (words.Count == 0 ? null : words[0])
        {
            case "cluster" when names.Length == 0:
            case "node" or "namespace" when names.Length == 1:
                return names;
            case "pod" when names.Length == 1 && names[0].Split('/') is { Length: 2 } parts && parts.All(part => part.Length > 0):
                return parts;
            case "pod":
                faults.Add("inspect pod", "needs the pod's namespace and name, as in: inspect pod default/web-1");
                return [];
            case "node" or "namespace" or "cluster":
                faults.Add($"inspect {words[0]}", words[0] == "cluster" ? "takes no name" : $"needs one name, as in: inspect {words[0]} NAME");
                return [];
            case null:
                faults.Add("inspect", $"needs what to look at: {Usage}");
                return [];
            case var other:
                faults.Add("inspect", $"'{other}' is nothing to look at{Spelling.Suggest(other, ["cluster", "node", "namespace", "pod"])}; it takes {Usage}");
                return [];
        }
    }

    private static Uri ReadAddress(SettingParser parser, SettingFaults faults)
    {
        var given = parser.Text(AddressSetting) ?? DefaultAddress;
        var text = given.StartsWith(':') ? $"127.0.0.1{given}" : given;
        var isAddress = Uri.TryCreate($"http://{text}", UriKind.Absolute, out var address) && address.AbsolutePath == "/";
        if (isAddress && HostAndPort.HasPort(text)) return address!;
        faults.Add(parser.PlaceOf(AddressSetting), isAddress ? $"'{given}' has no port; write {given}:8083" : $"'{given}' is no address; write HOST:PORT");
        return new Uri($"http://{DefaultAddress}");
    }
}
