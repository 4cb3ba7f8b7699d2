using System.Text.Json;
using MetaCollector.Gateway.Wire;
using MetaCollector.Silo.Watching;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;
using Xunit;

namespace MetaCollector.Tests.Silo.Watching;

public sealed class HoldingsTests
{
    private readonly Holdings _holdings = new();

    [Fact]
    public void Take_PodWithReferences_NamesOwnersNearestFirstAndServices()
    {
        foreach (var received in Story()) _holdings.Take(received);
        var pod = Assert.Single(_holdings.Pods);
        Assert.Equal(("web-1", "shop", "10.0.0.7"), (pod.Name, pod.Namespace, pod.Ip));
        Assert.Equal(["ReplicaSet/web-abc", "Deployment/web"], _holdings.Owners(pod));
        Assert.Equal(["web"], _holdings.Referred(pod, "Service"));
    }

    [Fact]
    public void Take_Delete_GivesWhatItWas()
    {
        foreach (var received in Story()) _holdings.Take(received);
        Assert.Equal("web-1", _holdings.Take(new Event { Reason = "Delete", Kind = "Pod", Uid = "p" })!.Name);
        Assert.Empty(_holdings.Pods);
        Assert.Null(_holdings.Take(new Event { Reason = "Delete", Kind = "Pod", Uid = "p" }));
    }

    [Fact]
    public void Draw_MorePodsThanLines_SaysHowManyAreHidden()
    {
        for (var i = 0; i < 50; i++)
            _holdings.Take(new Event { Reason = "Create", Kind = "Pod", Uid = $"{i}", Meta = $$"""{"name":"pod-{{i:00}}","namespace":"a"}""", Status = "{}" });
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 100;
        console.Write(HoldingsView.Draw(_holdings, "title", new HashSet<string>(), width: 100, height: 20));
        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.InRange(lines.Length, 10, 20);
        Assert.Contains("pod-00", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("pod-49", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("… and 38 more pods", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(120)]
    [InlineData(60)]
    [InlineData(30)]
    public void Draw_AnyWidth_IsALineForEachPodThatFits(int width)
    {
        foreach (var received in Story()) _holdings.Take(received);
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        console.Write(HoldingsView.Draw(_holdings, "title", new HashSet<string>(), width, height: 20));
        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(_holdings.Pods.Count, lines.Count(line => line.StartsWith('│')) - 1);
        Assert.All(lines.Where(line => line.StartsWith('│')), line => Assert.InRange(line.TrimEnd().Length, 1, width));
    }

    [Fact]
    public void Received_Json_IsOneObjectALineWithMetaAsObject()
    {
        var output = new StringWriter { NewLine = "\n" };
        var options = new WatchOptions("n", new Uri("http://localhost:1"), [], new WatchTls(null, null, null, null, false), WatchOutput.Json);
        var watcher = new LineWatcher(options, output, TextWriter.Null, hasColours: false, new FakeTimeProvider());
        foreach (var received in Story()) watcher.Received(received);
        var last = JsonDocument.Parse(output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("web-1", last.GetProperty("meta").GetProperty("name").GetString());
        Assert.Equal("10.0.0.7", last.GetProperty("status").GetProperty("podIP").GetString());
        Assert.Equal("s", last.GetProperty("refs").GetProperty("Service")[0].GetString());
    }

    [Fact]
    public void Received_Events_IsAReadableLine()
    {
        var output = new StringWriter { NewLine = "\n" };
        var options = new WatchOptions("n", new Uri("http://localhost:1"), [], new WatchTls(null, null, null, null, false), WatchOutput.Events);
        var watcher = new LineWatcher(options, output, TextWriter.Null, hasColours: false, new FakeTimeProvider());
        foreach (var received in Story()) watcher.Received(received);
        Assert.EndsWith(
            "Create  Pod          shop/web-1  ip=10.0.0.7  owners=ReplicaSet/web-abc,Deployment/web  services=web  labels=app=web\n",
            output.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<Event> Story()
    {
        yield return new Event { Reason = "Create", Kind = "Deployment", Uid = "d", Meta = """{"name":"web","namespace":"shop","uid":"d"}""" };
        yield return new Event { Reason = "Create", Kind = "ReplicaSet", Uid = "r", Meta = """{"name":"web-abc","namespace":"shop","uid":"r"}""" };
        yield return new Event { Reason = "Create", Kind = "Service", Uid = "s", Meta = """{"name":"web","namespace":"shop","uid":"s"}""" };
        var pod = new Event
        {
            Reason = "Create",
            Kind = "Pod",
            Uid = "p",
            Meta = """{"labels":{"app":"web"},"name":"web-1","namespace":"shop","uid":"p"}""",
            Status = """{"podIP":"10.0.0.7"}""",
            Refs = new References(),
        };
        foreach (var (kind, uid) in ((string, string)[])[("Deployment", "d"), ("ReplicaSet", "r"), ("Service", "s")])
            pod.Refs.Resources[kind] = new ListOfStrings { List = { uid } };
        yield return pod;
    }
}
