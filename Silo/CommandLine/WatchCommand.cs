using System.Runtime.InteropServices;
using MetaCollector.Silo.Settings;
using MetaCollector.Silo.Watching;

namespace MetaCollector.Silo.CommandLine;

/// <summary><c>metacollector watch</c>: subscribes to a node, and shows the events.</summary>
internal static class WatchCommand
{
    public static CliCommand Command { get; } = new(
        "watch", "Show what a node's Falco is told, as it changes.", WatchOptions.Groups,
        [
            ("What does Falco know on this node?", "metacollector watch --node worker-1"),
            ("Through a port-forward (kubectl -n metacollector port-forward svc/k8s-metacollector 45000)", "metacollector watch --node worker-1 --addr localhost:45000"),
            ("The pods' IPs, for a script", "metacollector watch --node worker-1 --kinds Pod -o json | jq -r .status.podIP"),
            ("With TLS", "metacollector watch --node worker-1 --addr collector.example:45000 --tls-ca ca.crt"),
            ("With TLS, through a port-forward", "metacollector watch --node worker-1 --addr localhost:45000 --tls-ca ca.crt --tls-server-name k8s-metacollector.metacollector.svc"),
            ("Where the broker asks for a certificate", "metacollector watch --node worker-1 --addr collector.example:45000 --tls-ca ca.crt --tls-cert falco.crt --tls-key falco.key"),
        ],
        RunAsync);

    private static async Task<int> RunAsync(CliInput input, SettingFaults faults)
    {
        var place = Surroundings.Current();
        var sources = new SettingSources(input.Flags, place.Environment, new ConfigurationBuilder().Build().GetSection(Setting.Section));
        var options = WatchOptions.Read(new SettingParser(sources, faults), !Console.IsOutputRedirected, faults);
        if (faults.Lines.Count > 0) return Cli.Report(faults.Lines);
        if (options.Tls.IsInsecure) Console.Error.WriteLine("warning: --tls-insecure: another program may answer in place of the broker");

        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await WatchAsync(options, stop);
            return 0;
        }
        catch (WatchException exception)
        {
            return Cli.Report(exception.Message.ReplaceLineEndings(" "));
        }
        catch (IOException)
        {
            // The program that reads our output has ended, as head does.
            return 0;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static async Task WatchAsync(WatchOptions options, CancellationTokenSource stop)
    {
        if (options.Output != WatchOutput.Table)
        {
            await WatchStream.RunAsync(options, new LineWatcher(options, Console.Out, Console.Error, Terminal.HasColours, TimeProvider.System), stop.Token);
            return;
        }

        var table = new TableWatcher(options, Terminal.Open(), TimeProvider.System);
        var drawing = table.DrawAsync(stop.Token);
        try
        {
            await WatchStream.RunAsync(options, table, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await drawing;
        }
    }
}
