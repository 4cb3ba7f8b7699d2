using System.CommandLine;
using System.Globalization;
using MetaCollector.Simulator.Benchmarking;

namespace MetaCollector.Simulator.Commands;

/// <summary><c>bench</c>: how fast the server itself is.</summary>
internal static class BenchCommand
{
    private static readonly Option<double> Rate = new("--rate") { Description = "Object changes in a second; 0 for as many as possible.", DefaultValueFactory = _ => 5000 };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "How long.", DefaultValueFactory = _ => 10 };
    private static readonly Option<int> Nodes = new("--nodes") { Description = "Nodes of the cluster that changes.", DefaultValueFactory = _ => 100 };
    private static readonly Option<int> PodsPerNode = new("--pods-per-node") { Description = "Pods on each node.", DefaultValueFactory = _ => 30 };

    public static Command Create()
    {
        var command = new Command("bench", "Change objects at a rate with one protobuf watcher per kind, and print what it cost.") { Rate, Seconds, Nodes, PodsPerNode };
        command.SetAction(async (parsed, cancellation) =>
        {
            var report = await ChangeBenchmark.RunAsync(
                parsed.GetValue(Rate), TimeSpan.FromSeconds(parsed.GetValue(Seconds)), parsed.GetValue(Nodes), parsed.GetValue(PodsPerNode), cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                objects              {report.Objects,12:N0}
                generated in         {report.Generation.TotalSeconds,12:N2} s
                changes              {report.Changes,12:N0}
                changes a second     {report.ChangesPerSecond,12:N0}
                events received      {report.Events,12:N0}
                bytes received       {report.Bytes,12:N0}
                CPU of one core      {report.CpuShare * 100,12:N0} %  (server, changes and watchers together)
                delay p50 / p99      {report.Median.TotalMilliseconds,9:N1} / {report.Percentile99.TotalMilliseconds:N1} ms
                """));
            return report.Complete ? 0 : 1;
        });
        return command;
    }
}
