using System.CommandLine;
using MetaCollector.Simulator.Commands;

var root = new RootCommand("A Kubernetes API server in miniature, for tests, demos and benchmarks. It listens on the loopback address only.")
{
    ServeCommand.Create(),
    BenchCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors is [var first, ..])
{
    Console.Error.WriteLine($"error: {first.Message.ReplaceLineEndings(" ")} (--help tells more)");
    return 1;
}

return await parsed.InvokeAsync();
