using System.Runtime.InteropServices;
using MetaCollector.Silo.Hosting;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary><c>metacollector run</c>.</summary>
internal static class RunCommand
{
    public static CliCommand Command { get; } = new(
        "run", "Watch the API server and stream metadata to Falco.", RunSettings.Groups,
        [
            ("Try it against a cluster from outside", "metacollector run --kubeconfig ~/.kube/config"),
            ("One of several replicas in a pod", "metacollector run --clustering kubernetes"),
            ("With TLS, and with the kinds that k8s-metacollector lacks",
                "metacollector run --broker-server-cert tls.crt --broker-server-key tls.key --extra-kinds statefulsets,jobs,cronjobs"),
        ],
        RunAsync);

    private static async Task<int> RunAsync(CliInput input, SettingFaults faults)
    {
        var place = Surroundings.Current();
        var configuration = ReadFile(faults);
        var sources = new SettingSources(input.Flags, place.Environment, configuration.GetSection(Setting.Section));
        var options = OptionsReader.Read(sources, place, faults);
        Preflight.Check(options, configuration, new SettingParser(sources, faults), faults);
        if (faults.Lines.Count > 0) return Cli.Report(faults.Lines);

        await using var collector = new Collector(options, configuration);
        foreach (var name in sources.UnknownVariables(RunSettings.All).Where(name => !IsServiceLink(name)))
            Log.UnknownVariable(collector.Logger, name, Spelling.Suggest(name, RunSettings.All.Select(setting => setting.Variable)));
        return await RunAsync(collector, options);
    }

    private static async Task<int> RunAsync(Collector collector, CollectorOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await collector.StartAsync(stop.Token);
            await collector.WaitForEndAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception exception)
        {
            Log.CannotStart(collector.Logger, exception);
            return Cli.Report($"cannot start: {exception.Message.ReplaceLineEndings(" ")}");
        }

        await collector.StopAsync(CancellationToken.None);
        // An end without a signal is a failure.
        return stop.IsCancellationRequested ? 0 : Cli.Failure;

        void Stop(PosixSignalContext signal)
        {
            // A second signal ends the process at once, as is its default.
            if (stop.IsCancellationRequested) return;
            signal.Cancel = true;
            Log.Stopping(collector.Logger, signal.Signal.ToString(), options.DrainTime.TotalSeconds);
            // Nothing disposes of this timer, so that it also ends a dispose that takes too long.
            new Timer(_ => EndNow()).Change(collector.StopTime, Timeout.InfiniteTimeSpan);
            stop.Cancel();
        }

        void EndNow()
        {
            Log.StopTakesTooLong(collector.Logger, collector.StopTime.TotalSeconds);
            Environment.Exit(0);
        }
    }

    private static IConfigurationRoot ReadFile(SettingFaults faults)
    {
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (InvalidDataException exception)
        {
            faults.Add("appsettings.json", $"is not valid JSON: {exception.GetBaseException().Message}");
            return new ConfigurationBuilder().Build();
        }
    }

    private static bool IsServiceLink(string name) =>
        name.Contains("_SERVICE_", StringComparison.Ordinal) || name.Contains("_PORT", StringComparison.Ordinal)
        || name.StartsWith($"{Setting.EnvironmentPrefix}TEST_", StringComparison.Ordinal);
}
