using System.Diagnostics;
using System.Net;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

public sealed class RunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_UnreachableApiServer_KeepsTryingSaysWhyAndStopsWhenAsked()
    {
        var (probes, metrics, server) = (Ports.Free(), Ports.Free(), Ports.Free());
        await using var process = Start(server, probes, metrics);

        var body = await MetacollectorProgram.GetAsync($"http://127.0.0.1:{probes}/readyz",
            (status, text) => status == HttpStatusCode.ServiceUnavailable && text.Contains($"127.0.0.1:{server}", StringComparison.Ordinal), process);
        Assert.StartsWith("not ready: ", body, StringComparison.Ordinal);
        Assert.Equal("ok", await MetacollectorProgram.GetAsync($"http://127.0.0.1:{probes}/healthz", (status, _) => status == HttpStatusCode.OK, process));
        Assert.Contains($"127.0.0.1:{server}", process.Tail, StringComparison.Ordinal);

        var asked = Stopwatch.StartNew();
        process.Signal(Signals.Terminate);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync(patience.Token);
        Assert.Equal(0, process.ExitCode);
        // A second is what is promised on a machine that has one to spare.
        Assert.InRange(asked.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Metrics_FromTheStart_HavePredecessorsNamesAndServeNothingElse()
    {
        const string NothingReceived = "meta_collector_collector_event_api_server_received{name=\"pod-collector\",source=\"api-server\",type=\"create\"} 0\n";
        var (probes, metrics) = (Ports.Free(), Ports.Free());
        await using var process = Start(Ports.Free(), probes, metrics);
        var text = await MetacollectorProgram.GetAsync($"http://127.0.0.1:{metrics}/metrics",
            // The program's parts come one after another; these are of the first and of the last.
            (status, text) => status == HttpStatusCode.OK && text.Contains(NothingReceived, StringComparison.Ordinal)
                && text.Contains("meta_collector_server_subscribers 0\n", StringComparison.Ordinal), process);

        Assert.Contains("# TYPE meta_collector_collector_event_api_server_received counter\n", text, StringComparison.Ordinal);
        Assert.Contains("meta_collector_build_info{version=\"", text, StringComparison.Ordinal);
        Assert.Contains("meta_collector_ready 0\n", text, StringComparison.Ordinal);
        Assert.Contains("process_resident_memory_bytes ", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);

        using var http = new HttpClient();
        foreach (var elsewhere in (string[])[$"http://127.0.0.1:{metrics}/readyz", $"http://127.0.0.1:{probes}/metrics"])
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(elsewhere), TestContext.Current.CancellationToken)).StatusCode);
    }

    private ChildProcess Start(int server, int probes, int metrics)
    {
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(kubeconfig, $$$"""
            {"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:{{{server}}}"}}],
             "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"t"}}]}
            """);
        return ChildProcess.Start(MetacollectorProgram.Path,
            ["run", "--kubeconfig", kubeconfig, .. MetacollectorProgram.Listeners(Ports.Free(), probes, metrics)], MetacollectorProgram.Environment);
    }
}
