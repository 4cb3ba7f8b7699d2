using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>A real Prometheus on loopback, with a configuration and a data folder of its own. Not thread-safe.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly string _folder;
    private readonly Dictionary<string, string> _targets = [];
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private PrometheusServer(string folder, int port, ChildProcess process)
    {
        (_folder, _process) = (folder, process);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
    }

    /// <summary>Runs promtool; skips the test where it is not installed.</summary>
    public static (int Code, string Output) Promtool(params IEnumerable<string> arguments)
    {
        var (code, output, error) = Shell.Run(Find("promtool"), arguments);
        return (code, output + error);
    }

    /// <summary>What promtool's lint says of a scrape, a line each; skips the test where it is not installed.</summary>
    public static IReadOnlyList<string> Lint(string exposition)
    {
        var (_, output, error) = Shell.Run(Find("promtool"), ["check", "metrics"], exposition);
        return (output + error).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Skips the test where it is not installed.</summary>
    public static void SkipIfAbsent() => Find("prometheus");

    /// <summary>Starts it; there are no targets yet.</summary>
    /// <param name="rules">A rule file's text.</param>
    public static async Task<PrometheusServer> StartAsync(string rules)
    {
        var folder = Directory.CreateTempSubdirectory("metacollector-prometheus-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "rules.yaml"), rules);
        await File.WriteAllTextAsync(Path.Combine(folder, "targets.json"), "[]");
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yaml"), """
            global: {scrape_interval: 500ms, evaluation_interval: 500ms}
            rule_files: [rules.yaml]
            scrape_configs:
            - job_name: metacollector
              honor_labels: true
              file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
            """);
        var port = Ports.Free();
        var process = ChildProcess.Start(Find("prometheus"),
        [
            $"--config.file={folder}/prometheus.yaml", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}",
            "--query.lookback-delta=10s", "--log.level=warn",
        ]);
        var server = new PrometheusServer(folder, port, process);
        await server.UntilAsync(async () => (await server._http.GetAsync("status/buildinfo")).IsSuccessStatusCode, "Prometheus answers");
        return server;
    }

    /// <summary>Scrapes this address from now on, as the pod of this name in namespace <c>falco</c>.</summary>
    public async Task AddAsync(string pod, string address)
    {
        _targets[pod] = address;
        await WriteTargetsAsync();
        await UntilAsync(async () => (await QueryAsync($"up{{pod=\"{pod}\"}} == 1")).Count == 1, $"{pod} is scraped");
    }

    /// <summary>Scrapes it no longer: its pod is gone.</summary>
    public Task RemoveAsync(string pod)
    {
        _targets.Remove(pod);
        return WriteTargetsAsync();
    }

    /// <summary>The values that a query returns now.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string query)
    {
        using var answer = await _http.PostAsync("query", new FormUrlEncodedContent([new("query", query)]));
        var body = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.True((string?)body["status"] == "success", $"{query}: {body["error"]}");
        return
        [
            .. body["data"]!["result"]!.AsArray().Select(series =>
                double.Parse((string)series!["value"]![1]!, NumberStyles.Float, CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Waits until a query returns a number.</summary>
    public Task UntilDataAsync(string query) =>
        UntilAsync(async () => (await QueryAsync(query)).Any(value => !double.IsNaN(value)), $"data for {query}");

    /// <summary>Waits until an alert fires.</summary>
    public Task UntilFiringAsync(string alert) => UntilAsync(async () => await IsFiringAsync(alert), $"{alert} fires");

    /// <summary>Waits until an alert fires no longer.</summary>
    public Task UntilResolvedAsync(string alert) => UntilAsync(async () => !await IsFiringAsync(alert), $"{alert} is resolved");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> IsFiringAsync(string alert)
    {
        var answer = (await _http.GetFromJsonAsync<JsonNode>("alerts"))!;
        return answer["data"]!["alerts"]!.AsArray().Any(one => (string?)one!["labels"]!["alertname"] == alert && (string?)one["state"] == "firing");
    }

    private Task WriteTargetsAsync()
    {
        var groups = _targets.Select(target => new JsonObject
        {
            ["targets"] = new JsonArray(target.Value),
            ["labels"] = new JsonObject { ["namespace"] = "falco", ["pod"] = target.Key, ["container"] = "metacollector" },
        });
        // Renamed into place: half a file would be refused.
        var file = Path.Combine(_folder, "targets.json");
        File.WriteAllText(file + ".new", new JsonArray([.. groups]).ToJsonString());
        File.Move(file + ".new", file, overwrite: true);
        return Task.CompletedTask;
    }

    private async Task UntilAsync(Func<Task<bool>> condition, string expectation)
    {
        var started = Stopwatch.GetTimestamp();
        using var look = new PeriodicTimer(Look);
        while (true)
        {
            if (_process.HasExited) throw new InvalidOperationException($"Prometheus ended:\n{_process.Tail}");
            try
            {
                if (await condition()) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"never came true: {expectation}");
            await look.WaitForNextTickAsync();
        }
    }

    private static string Find(string program)
    {
        var file = Shell.Find(program);
        Assert.SkipWhen(file is null, $"there is no {program} on the PATH (Debian's package prometheus has it)");
        return file!;
    }
}
