using System.CommandLine;
using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Churning;
using MetaCollector.Simulator.Clusters;

namespace MetaCollector.Simulator.Commands;

/// <summary><c>serve</c>: a server until Ctrl+C.</summary>
internal static class ServeCommand
{
    private static readonly Option<int> Port = Number("--port", 18080, "TCP port; 0 for a free one.");
    private static readonly Option<int> Nodes = Number("--nodes", 0, "Generate a cluster of this many nodes.");
    private static readonly Option<int> PodsPerNode = Number("--pods-per-node", 10, "How many pods stand on each generated node.");
    private static readonly Option<int> Namespaces = Number("--namespaces", 5, "How many namespaces the generated workloads spread over.");
    private static readonly Option<int> Seed = Number("--seed", 1, "The same seed gives the same cluster.");
    private static readonly Option<double> Churn = new("--churn") { Description = "Object changes in a second.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string?> Manifests = new("--manifests") { Description = "File or folder of YAML or JSON objects to create.", HelpName = "PATH" };
    private static readonly Option<string?> KubeconfigOut = new("--kubeconfig-out") { Description = "Write a kubeconfig there.", HelpName = "FILE" };
    private static readonly Option<string?> Token = new("--token") { Description = "A bearer token that requests must have.", HelpName = "TEXT" };
    private static readonly Option<bool> Https = new("--https") { Description = "Serve TLS with a certificate made for the occasion." };
    private static readonly Option<double> Bookmarks = new("--bookmark-seconds") { Description = "Seconds between bookmarks.", DefaultValueFactory = _ => 60 };
    private static readonly Option<StreamingLists> Streaming = new("--streaming-lists")
    {
        Description = "How streaming lists are answered.", DefaultValueFactory = _ => StreamingLists.Served,
    };

    public static Command Create()
    {
        var command = new Command("serve", "Serve the API until Ctrl+C.")
        {
            Port, Nodes, PodsPerNode, Namespaces, Seed, Churn, Manifests, KubeconfigOut, Token, Https, Bookmarks, Streaming,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        try
        {
            await ServeAsync(parsed, cancellation);
            return 0;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or IOException or ApiException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("error: " + fault.Message.ReplaceLineEndings(" "));
            return 1;
        }
    }

    private static async Task ServeAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var rate = parsed.GetValue(Churn);
        ArgumentOutOfRangeException.ThrowIfNegative(rate, "--churn");
        await using var simulator = await ApiServerSimulator.StartAsync(
            new SimulatorOptions
            {
                Port = parsed.GetValue(Port),
                Https = parsed.GetValue(Https),
                Token = parsed.GetValue(Token),
                BookmarkInterval = TimeSpan.FromSeconds(parsed.GetValue(Bookmarks)),
                StreamingLists = parsed.GetValue(Streaming),
                GarbageCollection = true,
            },
            cancellation);
        if (parsed.GetValue(Nodes) != 0)
        {
            var counts = simulator.Clusters.Generate(new ClusterShape
            {
                Nodes = parsed.GetValue(Nodes), PodsPerNode = parsed.GetValue(PodsPerNode),
                Namespaces = parsed.GetValue(Namespaces), Seed = parsed.GetValue(Seed),
            });
            Console.WriteLine("generated: " + string.Join(", ", counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {pair.Key}"))));
        }

        if (parsed.GetValue(Manifests) is { } manifests)
        {
            Console.WriteLine($"loaded: {simulator.Load(manifests)} objects from {manifests}");
        }

        if (parsed.GetValue(KubeconfigOut) is { } file)
        {
            await simulator.WriteKubeconfigAsync(file, cancellation);
            Console.WriteLine($"kubeconfig: {file}");
        }

        RunningChurn? churn = rate > 0 ? simulator.StartChurn(rate) : null;
        Console.WriteLine($"serving: {simulator.Url}");
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (churn is not null)
        {
            await churn.DisposeAsync();
        }
    }

    private static Option<int> Number(string name, int value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
