using System.CommandLine;
using MetaCollector.Demo;

var seconds = new Option<int?>("--seconds")
{
    Description = "End after this many seconds, with exit code 0 if every promise held. Default: go on until Ctrl+C.",
    HelpName = "N",
};
var node = new Option<string>("--node") { Description = "The node to subscribe to, node-0 to node-9.", DefaultValueFactory = _ => "node-0" };
var churn = new Option<double>("--churn") { Description = "Object changes per second.", DefaultValueFactory = _ => 20 };
seconds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is < 1) result.AddError("--seconds takes a whole number from 1");
});
churn.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double>() is not (> 0 and <= 5000)) result.AddError("--churn takes a number above 0, up to 5000");
});

var root = new RootCommand("Shows the collector at work: starts a simulated API server and a collector, and subscribes to a node as Falco would.")
{
    seconds, node, churn,
};
root.SetAction((parsed, cancellation) => Show.RunAsync(
    parsed.GetValue(node)!, parsed.GetValue(churn), parsed.GetValue(seconds), cancellation));

// Ctrl+C leaves time for the conclusion.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
