using System.Text.RegularExpressions;
using MetaCollector.Simulator;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Support;

/// <summary>One section of <c>docs/troubleshooting.md</c>: the command that it gives, and what that command is said to find.</summary>
internal sealed partial record Troubleshooting(string Command, IReadOnlyList<string> Findings)
{
    /// <summary>The node of the document's examples.</summary>
    public const string Node = "worker-1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Reads a section.</summary>
    /// <param name="title">Its heading, without the number.</param>
    public static Troubleshooting Section(string title)
    {
        var document = Repository.Read("docs/troubleshooting.md");
        var section = Heading().Split(document).Single(section => section.StartsWith(title, StringComparison.Ordinal));
        var lines = section.Split('\n');
        var command = Assert.Single(lines, line => line.StartsWith("$ metacollector ", StringComparison.Ordinal))["$ metacollector ".Length..];
        return new Troubleshooting(command, [.. lines.Where(line => line.StartsWith("! ", StringComparison.Ordinal)).Select(Essence)]);
    }

    /// <summary>The cluster of the document's examples: a Deployment and a Service in shop, with a pod on each of two nodes.</summary>
    public static void Fill(ApiServerSimulator simulator)
    {
        simulator.Objects.Create(Namespace("shop"));
        simulator.Objects.Create(Service("web").In("shop").Selecting(("app", "web")));
        var deployment = simulator.Objects.Create(Deployment("web").In("shop"));
        var set = simulator.Objects.Create(ReplicaSet("web-5fcbd9f566").In("shop").OwnedBy(deployment));
        for (var i = 1; i <= 2; i++)
            simulator.Objects.Create(Pod($"web-{i}").In("shop").Labelled(("app", "web")).On($"worker-{i}").WithIP($"10.0.0.{i}").OwnedBy(set));
    }

    /// <summary>Runs the command, again and again, until it finds what the document says.</summary>
    /// <param name="inspect">The port of a replica's inspect.</param>
    public Task FoundAsync(int inspect) => UntilAsync(inspect, found => Findings.All(found.Contains), "finds what the document says");

    /// <summary>Runs the command, again and again, until it finds nothing of that any more.</summary>
    public Task MendedAsync(int inspect) => UntilAsync(inspect, found => !Findings.Any(found.Contains), "finds nothing of that any more");

    private async Task UntilAsync(int inspect, Func<IReadOnlyList<string>, bool> isSo, string what)
    {
        Assert.NotEmpty(Findings);
        using var patience = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            var (exitCode, lines) = await MetacollectorProgram.RunAsync([.. Command.Split(' '), "--inspect-addr", $"127.0.0.1:{inspect}"]);
            var found = lines.Where(line => line.StartsWith("! ", StringComparison.Ordinal)).Select(Essence).ToList();
            Assert.Equal(found.Count == 0 ? 0 : 2, exitCode);
            if (isSo(found)) return;
            if (patience.IsCancellationRequested)
                Assert.Fail($"metacollector {Command}: {what}:\n{string.Join('\n', Findings)}\nbut printed:\n{string.Join('\n', lines)}\nas\n{string.Join('\n', found)}");
            await look.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    // What differs from run to run is not what a reader goes by.
    private static string Essence(string line) => Varying().Replace(line, "…");

    [GeneratedRegex(@"^## \d+\. ", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"(?<![\w.])\d+(\.\d+)?(ms|s|m\d+s)\b|127\.0\.0\.1:\d+|Silo_\w+|term \d+|\b\d+ events|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Varying();
}
