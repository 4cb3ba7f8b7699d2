using System.Text.Json.Nodes;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Tests.Golden;

/// <summary>One step of the recording: the commands, and what each subscriber received after them.</summary>
internal sealed record GoldenStep(
    string Name, IReadOnlyList<string> Commands, IReadOnlyDictionary<string, IReadOnlyList<Event>> Events)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden", "steps");

    /// <summary>All steps, in order.</summary>
    public static IReadOnlyList<GoldenStep> All() => [.. Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal).Select(Read)];

    private static GoldenStep Read(string file)
    {
        var step = JsonNode.Parse(File.ReadAllText(file))!;
        return new GoldenStep(
            (string)step["step"]!,
            [.. step["commands"]!.AsArray().Select(command => (string)command!)],
            step["events"]!.AsObject().ToDictionary(
                node => node.Key,
                node => (IReadOnlyList<Event>)[.. node.Value!.AsArray().Select(item => Event.Parser.ParseJson(item!["event"]!.ToJsonString()))]));
    }
}
