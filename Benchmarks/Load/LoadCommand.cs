using System.CommandLine;
using System.Net;
using MetaCollector.Benchmarks.Reporting;

namespace MetaCollector.Benchmarks.Load;

/// <summary>The commands <c>load</c> and <c>null</c>.</summary>
internal static class LoadCommand
{
    /// <summary>The path of the collector to measure, as published.</summary>
    public static Option<FileInfo?> Collector { get; } = new("--collector")
    {
        Description = "The collector to start, as published for users; default: the one built beside this, which starts more slowly.",
    };

    /// <summary>One run of any shape.</summary>
    public static Command Create()
    {
        var nodes = Number("--nodes", "Nodes of the cluster.", 100);
        var pods = Number("--pods-per-node", "Pods on each node.", 30);
        var namespaces = Number("--namespaces", "Namespaces with workloads.", 50);
        var streams = new Option<int?>("--streams") { Description = "Subscribers; default: one for each node." };
        var replicas = Number("--replicas", "Replicas of the collector.", 1);
        var storms = Number("--storms", "How often all subscribers connect at once; those of the last time stay.", 1);
        var settle = Number("--settle", "Seconds from the start to the first storm.", 5);
        var contained = new Option<bool>("--contained")
        {
            Description = "Each replica in a memory cgroup of its own, its files and the runtime's not in memory before; needs root.",
        };
        var limit = new Option<int?>("--memory-limit") { Description = "With --contained: the most memory of each replica, in MiB." };
        var stuck = Number("--stuck", "Subscribers beside the others that never read.", 0);
        var churn = new Option<double>("--churn") { Description = "Changes of pods per second; 0 for none.", DefaultValueFactory = _ => 100 };
        var seconds = Number("--seconds", "How long changes go on.", 30);
        var idle = Number("--idle", "Seconds without changes before, measured after as many.", 20);
        var kill = new Option<Victim?>("--kill") { Description = "At the end, the replica to kill while changes go on, Leader or Other; of three at least. With the simulator alone." };
        var empty = new Option<bool>("--empty") { Description = "A cluster without objects: what the program costs by itself." };
        var address = new Option<IPEndPoint?>("--addr")
        {
            Description = "A server of the protocol that you start, in place of a collector: IP:PORT.",
            CustomParser = result => IPEndPoint.TryParse(result.Tokens[0].Value, out var parsed) ? parsed : Refuse(result),
        };
        var process = Number("--pid", "With --addr: its process, whose CPU and memory are told.", 0);
        var port = Number("--simulator-port", "Port of the simulated API server; 0 for a free one.", 0);
        var kubeconfigOut = new Option<FileInfo?>("--kubeconfig-out") { Description = "Where to write the kubeconfig of the simulated API server, or of what counts." };
        var kubeconfig = new Option<FileInfo?>("--kubeconfig")
        {
            Description = "A real API server instead of the simulator: nodes and namespaces are made there, and deleted at the end.",
        };
        var count = new Option<bool>("--count") { Description = "With --kubeconfig: through a proxy that counts requests and bytes, and costs delay." };
        var command = new Command("load", "Cold start, all subscribers at once, idling, changes at a set rate.")
        {
            nodes, pods, namespaces, streams, settle, storms, replicas, contained, limit, stuck, churn, seconds, idle, kill, empty, Collector, address, process, port, kubeconfigOut, kubeconfig, count,
        };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(kill) is not null && (parsed.GetValue(replicas) < 3 || parsed.GetValue(address) is not null || parsed.GetValue(kubeconfig) is not null))
                parsed.AddError("--kill needs --replicas 3 or more, started here, and the simulator: one of two is only given up after missed heartbeats");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var shape = new LoadShape
            {
                Nodes = parsed.GetValue(nodes), PodsPerNode = parsed.GetValue(pods), Namespaces = parsed.GetValue(namespaces),
                Streams = parsed.GetValue(streams) ?? parsed.GetValue(nodes), Replicas = parsed.GetValue(replicas), Stuck = parsed.GetValue(stuck),
                Churn = parsed.GetValue(churn), Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Idle = TimeSpan.FromSeconds(parsed.GetValue(idle)), IsEmpty = parsed.GetValue(empty), Storms = parsed.GetValue(storms),
                Settle = TimeSpan.FromSeconds(parsed.GetValue(settle)), Kill = parsed.GetValue(kill),
            };
            var place = new LoadPlace
            {
                Program = parsed.GetValue(Collector)?.FullName, Address = parsed.GetValue(address), ProcessId = parsed.GetValue(process),
                SimulatorPort = parsed.GetValue(port), KubeconfigOut = parsed.GetValue(kubeconfigOut)?.FullName,
                Kubeconfig = parsed.GetValue(kubeconfig)?.FullName, IsCounted = parsed.GetValue(count),
                IsContained = parsed.GetValue(contained), MemoryLimit = parsed.GetValue(limit) * 1024L * 1024L,
            };
            var figures = await LoadRun.RunAsync(shape, place, cancellation);
            var report = new Report(shape.ToString());
            figures.AddTo(report);
            report.Print(Console.Out);
            return figures.Broken == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary>The table of docs/performance.md.</summary>
    public static Command CreateTable()
    {
        var parts = new Argument<string[]>("part") { Description = "Parts of it; default: all.", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. TableRun.Parts.Keys]);
        var command = new Command("table", "All that docs/performance.md promises, each figure beside its limit.") { parts, Collector };
        command.SetAction((parsed, cancellation) => TableRun.RunAsync(
            new LoadPlace { Program = parsed.GetValue(Collector)?.FullName }, parsed.GetValue(parts) ?? [], cancellation));
        return command;
    }

    /// <summary>The server without anything to compute.</summary>
    public static Command CreateNull()
    {
        var port = Number("--port", "Port on loopback.", 45000);
        var silo = Number("--silo-port", "Port of its silo.", 11111);
        var events = Number("--events", "Events that a stream gets.", 135);
        var size = Number("--size", "Size of an event, in bytes.", 600);
        var command = new Command("null", "A silo and a gRPC server that answers every Watch with canned events: the floor of what is measured.")
        {
            port, silo, events, size,
        };
        command.SetAction((parsed, cancellation) => NullServer.RunAsync(
            parsed.GetValue(port), parsed.GetValue(silo), parsed.GetValue(events), parsed.GetValue(size), cancellation));
        return command;
    }

    private static Option<int> Number(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };

    private static IPEndPoint? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"--addr is '{result.Tokens[0].Value}'; it must be an address and a port, e.g. 127.0.0.1:45000");
        return null;
    }
}
