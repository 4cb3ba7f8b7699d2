using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MetaCollector.Benchmarks.Load;
using MetaCollector.Benchmarks.Load.Server;
using MetaCollector.Benchmarks.Runs;
using MetaCollector.Testing.Chaos;

var nodes = new Option<int>("--nodes") { Description = "Nodes of the simulated cluster.", DefaultValueFactory = _ => 100 };
var pods = new Option<int>("--pods-per-node") { Description = "Pods on each node.", DefaultValueFactory = _ => 50 };
var namespaces = new Option<int>("--namespaces") { Description = "Namespaces with workloads.", DefaultValueFactory = _ => 20 };
var churn = new Option<double>("--churn") { Description = "Object changes per second.", DefaultValueFactory = _ => 100 };
var minutes = new Option<double>("--minutes") { Description = "How long to go on.", DefaultValueFactory = _ => 5 };

var replicas = new Option<int>("--replicas") { Description = "Replicas of the collector.", DefaultValueFactory = _ => 3 };
var every = new Option<int>("--every") { Description = "Seconds from one disturbance to the next, at least.", DefaultValueFactory = _ => 20 };
var seed = new Option<int>("--seed") { Description = "What random choices begin with.", DefaultValueFactory = _ => 1 };
var only = new Option<Disturbance[]>("--only") { Description = "Disturbances to choose from; default: all.", AllowMultipleArgumentsPerToken = true };

var load = LoadCommand.Create();
var kubeconfig = new Option<FileInfo?>("--kubeconfig")
{
    Description = "A real API server instead of the simulator; there --pods-per-node says nothing, and defaults are small.",
};
var round = new Option<double>("--round") { Description = "Seconds of changes between two comparisons, with five faults.", DefaultValueFactory = _ => 10 };
var soak = new Command("soak", "Random changes and faults for a while, compared with the oracle: missing, extra, stale, illegal, dangling; what the collector takes.")
{
    nodes, pods, namespaces, churn, round, minutes, kubeconfig,
};
soak.SetAction((parsed, cancellation) => parsed.GetValue(kubeconfig) is { } file
    ? ServerSoakRun.RunAsync(
        new ServerSoakRun.Shape(
            file.FullName, Given(parsed, nodes, 6), Given(parsed, namespaces, 4), Given(parsed, churn, 20), TimeSpan.FromMinutes(parsed.GetValue(minutes))),
        cancellation)
    : SoakRun.RunAsync(
        new SoakRun.Shape(
            parsed.GetValue(nodes), parsed.GetValue(pods), parsed.GetValue(namespaces), parsed.GetValue(churn),
            TimeSpan.FromSeconds(parsed.GetValue(round)), TimeSpan.FromMinutes(parsed.GetValue(minutes))),
        cancellation));

var ephemeral = new Option<int>("--ephemeral") { Description = "How many namespaces come and go.", DefaultValueFactory = _ => 10_000 };
var fewNodes = new Option<int>("--nodes") { Description = "Nodes of the simulated cluster.", DefaultValueFactory = _ => 20 };
var fewPods = new Option<int>("--pods-per-node") { Description = "Pods on each node that stay.", DefaultValueFactory = _ => 15 };
var comeAndGo = new Command("namespaces", "Namespaces that come and go, thousands in a row: afterwards activations, messages at rest and memory are what they were.")
{
    fewNodes, fewPods, namespaces, ephemeral,
};
comeAndGo.SetAction((parsed, cancellation) => NamespacesRun.RunAsync(
    new NamespacesRun.Shape(parsed.GetValue(fewNodes), parsed.GetValue(fewPods), parsed.GetValue(namespaces), parsed.GetValue(ephemeral)), cancellation));

var stuck = new Option<int>("--stuck") { Description = "How many of the subscribers get stuck.", DefaultValueFactory = _ => 5 };
var stuckNodes = new Option<int>("--nodes") { Description = "Nodes of the simulated cluster.", DefaultValueFactory = _ => 50 };
var stuckPods = new Option<int>("--pods-per-node") { Description = "Pods on each node.", DefaultValueFactory = _ => 20 };
var stuckStreams = new Option<int>("--streams") { Description = "Subscribers, at least two for each node.", DefaultValueFactory = _ => 200 };
var pairs = new Option<int>("--pairs") { Description = "How many phases with nobody stuck, and how many with some.", DefaultValueFactory = _ => 8 };
var phase = new Option<int>("--seconds") { Description = "How long a phase is measured.", DefaultValueFactory = _ => 15 };
var isolation = new Command("stuck", "A few subscribers that read nothing: the delay of all others with and without them, in turns, in one run.")
{
    stuckNodes, stuckPods, namespaces, stuckStreams, stuck, churn, pairs, phase,
};
isolation.SetAction((parsed, cancellation) => StuckRun.RunAsync(
    new StuckRun.Shape(
        parsed.GetValue(stuckNodes), parsed.GetValue(stuckPods), parsed.GetValue(namespaces), parsed.GetValue(stuckStreams), parsed.GetValue(stuck),
        parsed.GetValue(churn), parsed.GetValue(pairs), TimeSpan.FromSeconds(parsed.GetValue(phase))),
    cancellation));

var times = new Option<int?>("--times") { Description = "How often each disturbance, in place of --minutes." };
var rebalanceAfter = new Option<double>("--rebalance-after")
{
    Description = "Seconds that replicas must stand still before grains move; 0 to have them move while things go wrong.", DefaultValueFactory = _ => 30,
};
var chaos = new Command("chaos", "Replicas that are killed, frozen, stopped and cut off from what they rely on, one disturbance after another.")
{
    replicas, nodes, pods, namespaces, churn, minutes, times, every, seed, only, rebalanceAfter,
};
chaos.SetAction((parsed, cancellation) => ChaosCommand.RunAsync(
    new ChaosShape(
        parsed.GetValue(replicas), parsed.GetValue(nodes), parsed.GetValue(pods), parsed.GetValue(namespaces), parsed.GetValue(churn),
        parsed.GetValue(seed), TimeSpan.FromSeconds(parsed.GetValue(rebalanceAfter))),
    parsed.GetValue(only) ?? [], TimeSpan.FromSeconds(parsed.GetValue(every)), TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(times),
    cancellation));

var fuzz = new Command("fuzz", "Spoilt bytes, spoilt settings and raw HTTP/2 at the port of a running collector: no crash, no hang, no growth.") { minutes, seed };
fuzz.SetAction((parsed, cancellation) => FuzzCommand.RunAsync(parsed.GetValue(seed), TimeSpan.FromMinutes(parsed.GetValue(minutes)), cancellation));

var micro = new Command("micro", "The microbenchmarks; what follows is handed to BenchmarkDotNet, e.g. --filter '*Render*'.") { TreatUnmatchedTokensAsErrors = false };
micro.SetAction(parsed =>
{
    // In this process: a generated project would be built under the rules of this repository, warnings as errors included.
    var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    BenchmarkSwitcher.FromAssembly(typeof(StuckRun).Assembly).Run([.. parsed.UnmatchedTokens], config);
    return 0;
});

return await new RootCommand("Measures the collector; each command prints a table and a line of JSON.")
{
    load, LoadCommand.CreateTable(), LoadCommand.CreateNull(), TrafficCommand.Create(), soak, comeAndGo, isolation, chaos, fuzz, micro,
}
.Parse(args)
// Told to end, a run still prints what it has measured.
.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

static T Given<T>(ParseResult parsed, Option<T> option, T otherwise) =>
    parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : otherwise;
