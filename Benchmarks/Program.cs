using System.CommandLine;
using BenchmarkDotNet.Running;
using MetaCollector.Benchmarks.Runs;

var nodes = new Option<int>("--nodes") { Description = "Nodes of the simulated cluster.", DefaultValueFactory = _ => 100 };
var pods = new Option<int>("--pods-per-node") { Description = "Pods on each node.", DefaultValueFactory = _ => 50 };
var namespaces = new Option<int>("--namespaces") { Description = "Namespaces with workloads.", DefaultValueFactory = _ => 20 };
var streams = new Option<int?>("--streams") { Description = "Subscribers; default: one for each node." };
var churn = new Option<double>("--churn") { Description = "Object changes per second.", DefaultValueFactory = _ => 100 };
var seconds = new Option<int>("--seconds") { Description = "How long changes go on.", DefaultValueFactory = _ => 30 };
var minutes = new Option<double>("--minutes") { Description = "How long to go on.", DefaultValueFactory = _ => 5 };

var sync = new Command("sync", "Cold start: from the start of the process to in sync, then every node subscribes at once; then changes.")
{
    nodes, pods, namespaces, streams, churn, seconds,
};
sync.SetAction((parsed, cancellation) => SyncRun.RunAsync(
    new SyncRun.Shape(
        parsed.GetValue(nodes), parsed.GetValue(pods), parsed.GetValue(namespaces), parsed.GetValue(streams) ?? parsed.GetValue(nodes),
        parsed.GetValue(churn), TimeSpan.FromSeconds(parsed.GetValue(seconds))),
    cancellation));

var soak = new Command("soak", "Random changes and faults for a while, then a comparison with the oracle: missing, extra, stale, illegal, dangling.")
{
    nodes, pods, namespaces, churn, minutes,
};
soak.SetAction((parsed, cancellation) => SoakRun.RunAsync(
    new SoakRun.Shape(
        parsed.GetValue(nodes), parsed.GetValue(pods), parsed.GetValue(namespaces), parsed.GetValue(churn),
        TimeSpan.FromMinutes(parsed.GetValue(minutes))),
    cancellation));

var micro = new Command("micro", "The microbenchmarks; what follows is handed to BenchmarkDotNet, e.g. --filter '*Render*'.") { TreatUnmatchedTokensAsErrors = false };
micro.SetAction(parsed =>
{
    BenchmarkSwitcher.FromAssembly(typeof(SyncRun).Assembly).Run([.. parsed.UnmatchedTokens]);
    return 0;
});

return await new RootCommand("Measures the collector; each command prints a table and a line of JSON.") { sync, soak, micro }.Parse(args).InvokeAsync();
