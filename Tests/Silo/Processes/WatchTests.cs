using System.Text.Json;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary><c>metacollector watch</c> and <c>inspect</c>, as people and scripts run them.</summary>
public sealed class WatchTests
{
    private static readonly string[] AllRelated = ["Namespace shop", "Deployment web", "ReplicaSet web-5fcbd9f566", "Service web", "Pod web-1"];

    [Fact]
    public async Task Watch_EachOutput_ShowsWhatTheNodeIsToldAsItChanges_UntilItIsStopped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(prepare: Troubleshooting.Fill);
        await using var json = Watch(cluster, "json");
        await using var events = Watch(cluster, "events");
        await using var table = Watch(cluster, "table");
        await ShowsAsync(json, () => Json(json).Count(line => line.Reason == "Create") == AllRelated.Length, "everything that is related to the node");
        await ShowsAsync(events, () => events.Tail.Contains("Pod          shop/web-1  ip=10.0.0.1  owners=ReplicaSet/web-5fcbd9f566,Deployment/web  services=web", StringComparison.Ordinal), "the pod");
        await ShowsAsync(table, () => Frame(table).Contains("web-1", StringComparison.Ordinal) && Frame(table).Contains("Service 1", StringComparison.Ordinal), "the pod");
        Assert.Equal(AllRelated.Order(StringComparer.Ordinal), Json(json).Select(line => $"{line.Kind} {line.Name}").Order(StringComparer.Ordinal));

        var pod = cluster.Simulator.Objects.Get(ResourceTypes.Pods, "shop", "web-1")!;
        cluster.Simulator.Objects.Patch(ResourceTypes.Pods, "shop", "web-1", """{"status":{"podIP":"10.0.0.9"}}""");
        await ShowsAsync(json, () => Json(json).Any(line => line is { Reason: "Update", Ip: "10.0.0.9" } && line.Uid == pod.Uid), "the new address");
        await ShowsAsync(events, () => events.Tail.Contains("Update  Pod          shop/web-1  ip=10.0.0.9", StringComparison.Ordinal), "the new address");
        await ShowsAsync(table, () => Frame(table).Contains("10.0.0.9", StringComparison.Ordinal), "the new address");

        cluster.Simulator.Objects.Delete(pod);
        await ShowsAsync(json, () => Json(json).Count(line => line.Reason == "Delete") == AllRelated.Length, "that all of it is gone");
        await ShowsAsync(events, () => events.Tail.Contains("Delete  Pod          shop/web-1", StringComparison.Ordinal), "that the pod is gone");
        await ShowsAsync(table, () => Frame(table).Contains("nothing was sent for this node so far", StringComparison.Ordinal), "that all of it is gone");

        await StopsAsync(json, Signals.Terminate);
        await StopsAsync(events, Signals.Interrupt);
        await StopsAsync(table, Signals.Interrupt);
    }

    [Fact]
    public async Task Watch_BrokerThatGoesAway_SaysSoAndTriesAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(prepare: Troubleshooting.Fill);
        await using var watch = Watch(cluster, "events");
        await ShowsAsync(watch, () => watch.Tail.Contains("shop/web-1", StringComparison.Ordinal), "the pod");

        cluster.Collector.Process.Signal(Signals.Kill);
        await ShowsAsync(watch, () => watch.Tail.Contains("; trying again in 2 s", StringComparison.Ordinal), "that it has tried, and goes on trying");
        await StopsAsync(watch, Signals.Terminate);
    }

    [Fact]
    public async Task Inspect_AsJson_HasTheFieldsOfTheReportsAndAnExitCodeForScripts()
    {
        var inspect = Ports.Free();
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(prepare: Troubleshooting.Fill, flags: ["--inspect-bind-address", $"127.0.0.1:{inspect}"]);

        // Nobody subscribes to its nodes, which is a finding.
        Has("findings leader term isSynced server nodesWithPods replicas kinds", 2, "cluster");
        Has("findings node isComplete streamCount streams resourceCount resources namespaces", 2, "node", "worker-1");
        await using var falcos = cluster.Subscribe("worker-1");
        await using var other = cluster.Subscribe("worker-2");
        await falcos.Log.UntilAsync(log => log.Held.Count == AllRelated.Length, "what is related to the node");
        await other.Log.UntilAsync(log => log.Held.Count == AllRelated.Length, "what is related to the node");
        Has("findings leader term isSynced server nodesWithPods replicas kinds", 0, "cluster");

        void Has(string fields, int code, params string[] words)
        {
            var (exitCode, output, error) = Shell.Run("dotnet", [MetacollectorProgram.Path, "inspect", .. words, "-o", "json", "--inspect-addr", $"127.0.0.1:{inspect}"]);
            Assert.True(code == exitCode, output + error);
            using var report = JsonDocument.Parse(output);
            Assert.Equal(fields.Split(' ').Order(StringComparer.Ordinal), report.RootElement.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
            Assert.Equal(code == 0, !report.RootElement.GetProperty("findings").EnumerateArray().Any());
        }
    }

    private static ChildProcess Watch(EndToEndCluster cluster, string output) => ChildProcess.Start(
        MetacollectorProgram.Path, ["watch", "--node", Troubleshooting.Node, "--addr", $"127.0.0.1:{cluster.Collector.BrokerPort}", "-o", output],
        MetacollectorProgram.Environment);

    private static Task ShowsAsync(ChildProcess watch, Func<bool> isShown, string what) =>
        Eventually.HoldsAsync(() => isShown() || (watch.HasExited ? throw new InvalidOperationException($"it ended:\n{watch.Tail}") : false), $"it shows {what}", () => watch.Tail);

    private static async Task StopsAsync(ChildProcess watch, int signal)
    {
        Assert.False(watch.HasExited, watch.Tail);
        watch.Signal(signal);
        await watch.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(watch.ExitCode == 0, watch.Tail);
    }

    // What was written last, from its headline on.
    private static string Frame(ChildProcess table) => table.Tail[Math.Max(0, table.Tail.LastIndexOf("node worker-1 at ", StringComparison.Ordinal))..];

    private static IReadOnlyList<(string Reason, string Kind, string Uid, string? Name, string? Ip)> Json(ChildProcess watch)
    {
        var read = new List<(string, string, string, string?, string?)>();
        foreach (var line in watch.Tail.Split('\n').Where(line => line.StartsWith('{')))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var name = root.TryGetProperty("meta", out var meta) ? meta.GetProperty("name").GetString() : null;
            var ip = root.TryGetProperty("status", out var status) && status.TryGetProperty("podIP", out var address) ? address.GetString() : null;
            read.Add((root.GetProperty("reason").GetString()!, root.GetProperty("kind").GetString()!, root.GetProperty("uid").GetString()!, name, ip));
        }

        return read;
    }
}
