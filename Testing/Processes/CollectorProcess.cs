namespace MetaCollector.Testing.Processes;

/// <summary>One replica of the collector, as a process of its own.</summary>
public sealed class CollectorProcess : IAsyncDisposable
{
    // Their default ports are the same for every replica.
    private static readonly string[] OffUnlessGiven = ["--inspect-bind-address", "--dashboard-bind-address"];

    private readonly HttpClient _http = new();

    private CollectorProcess(ChildProcess process, int brokerPort, int probePort, int metricsPort, int siloPort) =>
        (Process, BrokerPort, ProbePort, MetricsPort, SiloPort) = (process, brokerPort, probePort, metricsPort, siloPort);

    /// <summary>The process.</summary>
    public ChildProcess Process { get; }

    /// <summary>Port that Falco would connect to.</summary>
    public int BrokerPort { get; }

    /// <summary>Port of /readyz.</summary>
    public int ProbePort { get; }

    /// <summary>Port of /metrics.</summary>
    public int MetricsPort { get; }

    /// <summary>Port for the traffic between replicas.</summary>
    public int SiloPort { get; }

    /// <summary>Address for gRPC.</summary>
    public Uri Broker => new($"http://127.0.0.1:{BrokerPort}");

    /// <summary>Starts a replica that watches the API server of <paramref name="kubeconfig"/>.</summary>
    /// <param name="kubeconfig">File to connect with.</param>
    /// <param name="arguments">More flags.</param>
    public static CollectorProcess Start(string kubeconfig, params IEnumerable<string> arguments) => Start(kubeconfig, null, arguments);

    /// <summary>Starts a replica in an environment of its own.</summary>
    /// <param name="kubeconfig">File to connect with.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="arguments">More flags.</param>
    /// <param name="program">The program; null for the one that was built beside this.</param>
    /// <param name="folder">Where it runs, and looks for its appsettings.json; by default where this process does.</param>
    /// <param name="siloPort">Port for the traffic between replicas; by default a free one.</param>
    /// <param name="group">The memory cgroup that it runs in; null for that of this process.</param>
    public static CollectorProcess Start(
        string kubeconfig, IReadOnlyDictionary<string, string>? environment, IEnumerable<string> arguments, string? program = null, string? folder = null,
        int? siloPort = null, MemoryGroup? group = null)
    {
        string[] flags = [.. arguments];
        int broker = Ports.Free(), probes = Ports.Free(), metrics = Ports.Free(), silo = siloPort ?? Ports.Free();
        var process = ChildProcess.Start(program ?? Path.Combine(AppContext.BaseDirectory, "metacollector.dll"),
        [
            "run", "--kubeconfig", kubeconfig,
            "--broker-bind-address", $"127.0.0.1:{broker}", "--health-probe-bind-address", $"127.0.0.1:{probes}",
            "--metrics-bind-address", $"127.0.0.1:{metrics}", "--silo-port", $"{silo}", "--silo-address", "127.0.0.1",
            .. OffUnlessGiven.Except(flags).SelectMany(flag => new[] { flag, "" }), .. flags,
        ], environment, folder, group);
        return new CollectorProcess(process, broker, probes, metrics, silo);
    }

    /// <summary>Waits until /readyz says yes.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (Process.HasExited) throw new InvalidOperationException($"the collector ended:\n{Process.Tail}");
            try
            {
                using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{ProbePort}/readyz"), cancellation);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(20, cancellation);
        }
    }

    /// <summary>Everything that /metrics says.</summary>
    public Task<string> MetricsAsync(CancellationToken cancellation) =>
        _http.GetStringAsync(new Uri($"http://127.0.0.1:{MetricsPort}/metrics"), cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Process.DisposeAsync();
    }
}
