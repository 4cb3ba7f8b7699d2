using System.CommandLine;
using System.Globalization;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>The command <c>traffic</c>: what a real API server sends to a collector, beside what whole objects in JSON would be.</summary>
internal static class TrafficCommand
{
    private const double MB = 1e6;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var kubeconfig = new Option<FileInfo>("--kubeconfig") { Description = "The API server; it has to allow everything, and is left as it was.", Required = true };
        var nodes = new Option<int>("--nodes") { Description = "Nodes of the cluster.", DefaultValueFactory = _ => 100 };
        var pods = new Option<int>("--pods-per-node") { Description = "Pods on each node.", DefaultValueFactory = _ => 30 };
        var command = new Command("traffic", "Bytes and requests of a start and of an ordinary hour, on a real API server, beside JSON of the full objects.")
        {
            kubeconfig, nodes, pods, LoadCommand.Collector,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            new LoadShape { Nodes = parsed.GetValue(nodes), PodsPerNode = parsed.GetValue(pods) }, parsed.GetValue(kubeconfig)!.FullName,
            parsed.GetValue(LoadCommand.Collector)?.FullName, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(LoadShape shape, string kubeconfig, string? program, CancellationToken cancellation)
    {
        var counting = Path.GetTempFileName();
        try
        {
            await using var cluster = await ServerCluster.CreateAsync(shape, kubeconfig, counting, cancellation);
            await using var collector = CollectorProcess.Start(counting, null, ["--log-level", "warn"], program);
            await collector.WaitUntilReadyAsync(cancellation);
            var proxy = cluster.Counting!;
            var resources = proxy.Requests.OpenWatches.Select(watch => watch.Resource).Distinct().Order(StringComparer.Ordinal).ToList();
            await using var whole = new FullWatches(proxy, resources);
            var start = await RestAsync(proxy, cancellation);
            var hour = new OrdinaryHour(cluster);
            await hour.RunAsync(cancellation);
            Print(shape, hour.Writes, resources, start, await RestAsync(proxy, cancellation));
            foreach (var sum in proxy.Requests.All.Where(request => request.UserAgent != FullWatches.UserAgent).CountBy(request => (request.Verb, request.Resource)))
                Console.WriteLine($"ours: {sum.Value} × {sum.Key.Verb} {sum.Key.Resource}");
            return 0;
        }
        finally
        {
            File.Delete(counting);
        }
    }

    // Bytes by resource and whether they are whole objects, once nothing comes any more.
    private static async Task<Dictionary<(string Resource, bool IsWhole), long>> RestAsync(ApiProxy proxy, CancellationToken cancellation)
    {
        long before;
        do
        {
            before = proxy.Requests.Bytes;
            await Task.Delay(Quiet, cancellation);
        }
        while (proxy.Requests.Bytes != before);
        return proxy.Requests.All.GroupBy(request => (request.Resource, request.UserAgent == FullWatches.UserAgent))
            .ToDictionary(group => group.Key, group => group.Sum(request => request.Bytes));
    }

    private static void Print(
        LoadShape shape, int writes, IReadOnlyList<string> resources,
        Dictionary<(string, bool), long> start, Dictionary<(string, bool), long> end)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shape.Nodes} nodes × {shape.PodsPerNode} pods; {writes:N0} writes in the hour"));
        Console.WriteLine("| kind | start: JSON | start: ours | hour: JSON | hour: ours |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        foreach (var resource in resources) Row(resource, [resource]);
        Row("all", resources);
        Row("all but endpointslices", [.. resources.Where(resource => resource != "endpointslices")]);

        void Row(string name, IReadOnlyList<string> of)
        {
            long Sum(Dictionary<(string, bool), long> bytes, bool isWhole) => of.Sum(resource => bytes.GetValueOrDefault((resource, isWhole)));
            var (whole, ours) = (Sum(start, true), Sum(start, false));
            var (wholeHour, oursHour) = (Sum(end, true) - whole, Sum(end, false) - ours);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {whole / MB:N3} MB | {ours / MB:N3} MB ({Share(ours, whole)}) | {wholeHour / MB:N3} MB | {oursHour / MB:N3} MB ({Share(oursHour, wholeHour)}) |"));
        }
    }

    private static string Share(long part, long whole) => whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:N0} %");
}
