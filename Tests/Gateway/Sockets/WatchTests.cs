using System.Diagnostics;
using Grpc.Core;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;
using Xunit;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>One Watch, as Falco's plugin makes it, over a real socket.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task Watch_NodeWithPods_SendsCreatesThenUpdatesThenDeletesInOrder()
    {
        await using var host = await GatewayHost.StartAsync();
        var shop = Things.Namespace("default");
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        var pod = Things.Pod("web-1").RefersTo(shop, set);
        await host.Nodes.PutAsync("node-a", pod, set, shop);
        using var call = host.Watch("node-a");
        var events = await call.NextAsync(3);
        Assert.All(events, sent => Assert.Equal("Create", sent.Reason));
        Assert.Equal("Pod", events[2].Kind);

        await host.Nodes.PutAsync("node-a", pod.WithIp("10.0.0.1"));
        var update = await call.NextAsync();
        Assert.Equal(("Update", """{"podIP":"10.0.0.1"}"""), (update.Reason, update.Status));

        await host.Nodes.RemoveAsync("node-a", set, pod);
        Assert.Equal(["Pod", "ReplicaSet"], (await call.NextAsync(2)).Select(sent => sent.Kind));
    }

    [Fact]
    public async Task Watch_ReplicaController_IsSentReplicationControllers()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Of(ResourceKind.ReplicationController, "legacy"));
        using var call = host.Watch("node-a", ["ReplicaController"]);
        Assert.Equal("ReplicationController", (await call.NextAsync()).Kind);
    }

    [Fact]
    public async Task Watch_EverythingSent_HasFieldsUnsetRatherThanEmpty()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Pod("web"), Things.Of(ResourceKind.Service, "web"));
        using var call = host.Watch("node-a", ["Pod", "Service"]);
        var events = (await call.NextAsync(2)).ToDictionary(sent => sent.Kind);
        await host.Nodes.RemoveAsync("node-a", Things.Pod("web"));
        var delete = await call.NextAsync();
        Assert.True(events["Pod"] is { HasMeta: true, HasSpec: false, HasStatus: true, Refs: not null });
        Assert.True(events["Service"] is { HasMeta: true, HasSpec: false, HasStatus: false, Refs: null });
        Assert.True(delete is { Reason: "Delete", HasMeta: false, HasSpec: false, HasStatus: false, Refs: null });
    }

    [Theory]
    [InlineData("", new[] { "Pod" }, "nodeName")]
    [InlineData("node-a", new string[0], "resourceKinds")]
    [InlineData("node-a", new[] { "Gadget", "EndpointSlice", "StatefulSet", "pod" }, "resourceKinds")]
    public async Task Watch_WrongSelector_IsInvalidArgumentThatNamesTheField(string node, string[] kinds, string field)
    {
        await using var host = await GatewayHost.StartAsync();
        using var call = host.Watch(node, kinds);
        var end = await call.EndAsync();
        Assert.Equal(StatusCode.InvalidArgument, end.StatusCode);
        Assert.Contains(field, end.Detail, StringComparison.Ordinal);
        if (field == "resourceKinds")
        {
            foreach (var kind in ResourceKinds.Standard.Kinds()) Assert.Contains(kind.ToString(), end.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Watch_LongNodeName_IsInvalidArgumentWithAShortMessage()
    {
        await using var host = await GatewayHost.StartAsync();
        using var seen = new SeenMetrics(host);
        using var call = host.Watch(new string('x', 10_000));
        var end = await call.EndAsync();
        Assert.Equal(StatusCode.InvalidArgument, end.StatusCode);
        await seen.UntilAsync("meta_collector_gateway_requests_refused{cause=invalid}");
        Assert.InRange(end.Detail.Length, 1, 500);
    }

    [Fact]
    public async Task Watch_HugeSelector_IsRefused()
    {
        await using var host = await GatewayHost.StartAsync();
        using var call = host.Watch("node-a", [new string('x', 1_000_000), "Pod"]);
        Assert.Equal(StatusCode.ResourceExhausted, (await call.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Watch_ExtraKindsConfigured_AreStreamed()
    {
        await using var host = await GatewayHost.StartAsync(options => options.Kinds = options.Kinds.With(ResourceKind.StatefulSet));
        await host.Nodes.PutAsync("node-a", Things.Of(ResourceKind.StatefulSet, "db"));
        using var call = host.Watch("node-a", ["StatefulSet"]);
        Assert.Equal("StatefulSet", (await call.NextAsync()).Kind);
    }

    [Fact]
    public async Task Watch_NodeNotComplete_SendsHeadersAndWaits()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        host.Nodes.AreComplete = false;
        using var call = host.Watch("node-a");
        await call.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
        var first = call.NextAsync();
        await Eventually.HoldsAsync(() => host.Nodes.Subscriptions > 0);
        Assert.False(first.IsCompleted);
        host.Nodes.AreComplete = true;
        // The leader is new and in sync: every view verifies at once, not at its next renewal.
        host.Leaders.Announce(new LeaderAnnouncement(2, SiloAddress.Zero, IsSynced: true));
        Assert.Equal("Create", (await first).Reason);
    }

    [Fact]
    public async Task Watch_GrainLost_KeepsWhatItHasAndIsSentTheDifferenceLater()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Pod("web"), Things.Pod("db"));
        using var call = host.Watch("node-a");
        await call.NextAsync(2);
        host.Nodes.AreLost = true;
        host.Leaders.SiloDied();
        var next = call.NextAsync();
        // A second stream is served what is known.
        using var second = host.Watch("node-a");
        await second.NextAsync(2);
        Assert.False(next.IsCompleted);
        await host.Nodes.RemoveAsync("node-a", Things.Pod("db"));
        host.Nodes.AreLost = false;
        host.Leaders.SiloDied();
        var delete = await next;
        Assert.Equal(("Delete", Things.Pod("db").Uid.ToString()), (delete.Reason, delete.Uid));
    }

    [Fact]
    public async Task Watch_Reconnected_IsSentEverythingAgain()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        for (var i = 0; i < 3; i++)
        {
            using var call = host.Watch("node-a");
            Assert.Equal("Create", (await call.NextAsync()).Reason);
        }
    }

    [Fact]
    public async Task Stop_StreamOpen_EndsItWithAbortedNotOk()
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        using var busy = host.Watch("node-a");
        await busy.NextAsync();
        using var waiting = host.Watch("node-b");
        await waiting.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
        var stop = host.StopAsync();
        foreach (var end in new[] { await busy.EndAsync(), await waiting.EndAsync() })
        {
            Assert.Equal(StatusCode.Aborted, end.StatusCode);
            Assert.Contains("reconnect", end.Detail, StringComparison.Ordinal);
        }

        await stop.WaitAsync(CallReading.Patience);
    }

    [Fact]
    public async Task Stop_NoStreams_TakesNoTime()
    {
        await using var host = await GatewayHost.StartAsync();
        var began = Stopwatch.GetTimestamp();
        await host.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Watch_MoreStreamsThanAllowed_IsUnavailable()
    {
        await using var host = await GatewayHost.StartAsync(options => options.Limits = options.Limits with { MaxStreams = 1 });
        using var first = host.Watch("node-a");
        await first.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
        using var second = host.Watch("node-a");
        Assert.Equal(StatusCode.Unavailable, (await second.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Watch_LastStreamLeft_TheViewLeavesTooAfterAWhile()
    {
        await using var host = await GatewayHost.StartAsync(options => options.Linger = TimeSpan.Zero);
        using (var call = host.Watch("node-a"))
        {
            await Eventually.HoldsAsync(() => host.Nodes.ObserversOf("node-a") == 1);
        }

        await Eventually.HoldsAsync(() => host.Nodes.ObserversOf("node-a") == 0);
    }

    [Fact]
    public async Task Client_Generated_ReadsTheSameMethod()
    {
        // The binding is written by hand; the generated client is the contract.
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Things.Of(ResourceKind.Service, "web").Labelled("a", "<b>"));
        var selector = new Selector { NodeName = "node-a", ResourceKinds = { ["Service"] = "anything" } };
        using var call = new Metadata.MetadataClient(host.Channel).Watch(selector);
        Assert.Contains("""{"a":"\u003cb\u003e"}""", (await call.NextAsync()).Meta, StringComparison.Ordinal);
    }
}
