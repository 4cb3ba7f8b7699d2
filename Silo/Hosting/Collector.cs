using System.Diagnostics;
using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Metrics;
using MetaCollector.Silo.Probes;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Hosting;

/// <summary>One replica: <c>metacollector run</c> runs it, and other programs can run it in their process. Not thread-safe.</summary>
public sealed class Collector : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromSeconds(30);

    private readonly CollectorOptions _options;
    private readonly Readiness _readiness = new();
    private readonly PrometheusExporter _exporter;
    private readonly ProcessMetrics _processMetrics;
    private readonly WebApplication? _operations;
    private readonly WebApplication _silo;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _announcing = Task.CompletedTask;
    private bool _hasStarted;

    /// <summary>Builds the replica without starting it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="configuration">More settings, in the sections that .NET's and Orleans' own documentation name; null for none.</param>
    public Collector(CollectorOptions options, IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _exporter = new PrometheusExporter(options.ControllerMetrics);
        _processMetrics = new ProcessMetrics(_readiness);
        _operations = OperationsServer.Build(options, _readiness, _exporter);
        _silo = SiloServer.Build(options, configuration ?? new ConfigurationBuilder().Build(), _readiness);
        _logger = _silo.Services.GetRequiredService<ILoggerFactory>().CreateLogger<Collector>();
        _exporter.Full = metric => Log.SeriesDropped(_logger, metric);
    }

    /// <summary>How long a stop may take before the process ends anyway.</summary>
    internal TimeSpan StopTime => _options.DrainTime + TimeSpan.FromSeconds(9);

    /// <summary>The silo's services.</summary>
    public IServiceProvider Services => _silo.Services;

    /// <summary>Whether the replica is ready for subscribers.</summary>
    public bool IsReady => _readiness.Ask().IsReady;

    /// <summary>What <c>/readyz</c> answers now.</summary>
    public string State => _readiness.Ask().Text;

    internal ILogger Logger => _logger;

    /// <summary>Starts: probes and metrics answer first, then the silo joins, then the broker listens.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var (version, commit) = VersionCommand.OfBuild;
        Log.Starting(_logger, version, commit, _options.Clustering.ToString(), _options.Namespace, _options.Name);
        if (_operations is not null)
        {
            await _operations.StartAsync(cancellation);
            if (_options.Probes is { } probes) Log.Listening(_logger, "probes", probes.ToString());
            if (_options.Metrics is { } metrics) Log.Listening(_logger, "metrics", metrics.ToString());
        }

        _readiness.Phase(() => _silo.Services.KubernetesClusteringTrouble() is { } trouble
            ? $"cannot join the cluster of replicas: {trouble}"
            : "joining the cluster of replicas");
        await _silo.Services.PrepareKubernetesClusteringAsync(cancellation);
        await _silo.StartAsync(cancellation);
        _hasStarted = true;
        _readiness.Watch(Report);
        _announcing = Task.WhenAll(AnnounceReadyAsync(_stop.Token), WarnOfPlaintextAsync(_stop.Token));
        Log.Listening(_logger, _options.CertificateFile is null ? "broker, plaintext," : "broker, TLS,", _options.Broker.ToString());
        if (_options.Inspect is { } inspect) Log.Listening(_logger, "inspect", inspect.ToString());
        if (_options.Dashboard is { } dashboard) Log.Listening(_logger, "Orleans dashboard", $"http://{dashboard}/");
    }

    /// <summary>Waits until a part of the replica fails for good, so that the process has to end.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task WaitForEndAsync(CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lifetime = _silo.Services.GetRequiredService<IHostApplicationLifetime>();
        await using var registration = lifetime.ApplicationStopping.Register(ended.SetResult);
        await ended.Task.WaitAsync(cancellation);
    }

    /// <summary>Stops: not ready first, then the streams move elsewhere, then the silo leaves; probes and metrics last.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _readiness.Stop();
        await _stop.CancelAsync();
        await _announcing;
        // Orleans throws when it stops before it has started.
        if (_hasStarted) await StopSiloAsync(cancellation);
        if (_operations is not null) await _operations.StopAsync(cancellation);
        Log.Stopped(_logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _announcing;
        _stop.Dispose();
        await _silo.DisposeAsync();
        if (_operations is not null) await _operations.DisposeAsync();
        _processMetrics.Dispose();
        _exporter.Dispose();
    }

    private async Task StopSiloAsync(CancellationToken cancellation)
    {
        try
        {
            await _silo.StopAsync(cancellation);
        }
        catch (Exception exception)
        {
            Log.StoppedInParts(_logger, exception);
        }
    }

    // Logs when the replica becomes ready and, until then, every 30 s why it is not.
    private async Task AnnounceReadyAsync(CancellationToken cancellation)
    {
        var lastTold = Stopwatch.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            var (isReady, text) = _readiness.Ask();
            if (isReady)
            {
                Log.Ready(_logger);
                return;
            }

            if (Stopwatch.GetElapsedTime(lastTold) > BetweenComplaints)
            {
                Log.StillNotReady(_logger, text.Split('\n')[0]);
                lastTold = Stopwatch.GetTimestamp();
            }

            await Task.Delay(LookEvery, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Once there is another replica: one that is alone is told nothing by anybody.
    private async Task WarnOfPlaintextAsync(CancellationToken cancellation)
    {
        if (_options.SiloCertificateFile is not null) return;
        try
        {
            await foreach (var snapshot in _silo.Services.GetRequiredService<IClusterMembershipService>().MembershipUpdates.WithCancellation(cancellation))
            {
                if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) < 2) continue;
                Log.SilosPlaintext(_logger, _options.SiloPort);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The replica stops.
        }
    }

    private SiloReport Report() => SiloReports.Make(_silo.Services);
}
