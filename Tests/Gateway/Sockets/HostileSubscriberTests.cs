using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>Subscribers that are slow, stuck, many, or gone.</summary>
public sealed class HostileSubscriberTests
{
    [Fact]
    public async Task Watch_StuckReader_DelaysNobodyCostsWhatIsRelatedAndCatchesUpLegally()
    {
        const int Pods = 50, Rounds = 60;
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Enumerable.Range(0, Pods).Select(number => Large(number, 0)).ToArray());

        using var stuckChannel = host.NewChannel();
        using var stuck = host.Watch("node-a", channel: stuckChannel);
        var stuckLog = new StreamLog(GatewayHost.FalcoKinds);
        stuckLog.Add(await stuck.NextAsync());
        using var quick = host.Watch("node-a");
        var quickLog = new StreamLog(GatewayHost.FalcoKinds);
        var reading = quick.ReadIntoAsync(quickLog);

        // Each round of changes reaches the quick reader, although the stuck one has long had no room for more.
        for (var round = 1; round <= Rounds; round++)
        {
            await host.Nodes.PutAsync("node-a", Enumerable.Range(0, Pods).Select(number => Large(number, round)).ToArray());
            var last = Large(Pods - 1, round).Uid.ToString();
            await quickLog.UntilAsync(
                log => log.Held.TryGetValue(last, out var held) && held.Meta.Contains($"\"round-{round}\"", StringComparison.Ordinal),
                $"round {round} at the quick reader");
        }

        await host.Nodes.RemoveAsync("node-a", Large(0, 0));
        var catchingUp = stuck.ReadIntoAsync(stuckLog);
        await stuckLog.UntilAsync(log => log.Held.Count == Pods - 1 && AllAreNewest(log, Rounds), "the stuck reader holds the newest");
        Assert.Empty(stuckLog.Faults);
        Assert.Empty(quickLog.Faults);
        // Without merging it would have been sent each round of each pod.
        Assert.InRange(stuckLog.Count, Pods, Pods * Rounds / 2);
        stuck.Dispose();
        quick.Dispose();
        await Task.WhenAll(reading, catchingUp);
    }

    [Fact]
    public async Task Watch_StuckLongerThanAllowed_EndsWithAborted()
    {
        await using var host = await GatewayHost.StartAsync(options => options.StuckStreamLimit = TimeSpan.FromSeconds(1));
        await host.Nodes.PutAsync("node-a", Enumerable.Range(0, 1000).Select(number => Large(number, 0)).ToArray());
        using var channel = host.NewChannel();
        using var seen = new SeenMetrics(host);
        using var call = host.Watch("node-a", channel: channel);
        await call.NextAsync();
        await Eventually.HoldsAsync(() => host.Services.GetRequiredService<OpenStreams>().Count == 0);
        Assert.Equal(StatusCode.Aborted, (await call.EndAsync()).StatusCode);
        Assert.Equal(1, seen["meta_collector_gateway_streams_ended{cause=stuck}"]);
    }

    [Theory]
    [InlineData(1000)]
    // More than the client's window, and little enough that nothing waits for room.
    [InlineData(24)]
    public async Task Stop_StuckReader_IsNotWaitedFor(int pods)
    {
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Enumerable.Range(0, pods).Select(number => Large(number, 0)).ToArray());
        using var channel = host.NewChannel();
        using var call = host.Watch("node-a", channel: channel);
        await call.NextAsync();
        var began = Stopwatch.GetTimestamp();
        await host.StopAsync();
        // Well below the host's patience of 30 s.
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(15));
        Assert.NotEqual(StatusCode.OK, (await call.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Watch_PeerDead_IsDroppedAfterTheKeepaliveLimit()
    {
        await using var host = await GatewayHost.StartAsync(options =>
        {
            options.KeepAlivePingDelay = TimeSpan.FromSeconds(1);
            options.KeepAlivePingTimeout = TimeSpan.FromSeconds(1);
        });
        using var seen = new SeenMetrics(host);
        await using var relay = new Relay(host.Address);
        using var channel = GrpcChannel.ForAddress(relay.Address);
        using var call = host.Watch("node-a", channel: channel);
        await call.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
        var streams = host.Services.GetRequiredService<OpenStreams>();
        Assert.Equal(1, streams.Count);
        relay.Freeze();
        await Eventually.HoldsAsync(() => streams.Count == 0);
        await seen.UntilAsync("kestrel.connection.duration{error.type=keep_alive_timeout}");
    }

    [Fact]
    public async Task Watch_ReaderOfAByteASecond_DelaysNobody()
    {
        const int Pods = 50, Rounds = 30, Connected = 1000;
        await using var host = await GatewayHost.StartAsync();
        await host.Nodes.PutAsync("node-a", Enumerable.Range(0, Pods).Select(number => Large(number, 0)).ToArray());
        await using var relay = new Relay(host.Address, freely: Connected);
        using var slowChannel = GrpcChannel.ForAddress(relay.Address);
        using var slow = host.Watch("node-a", channel: slowChannel);
        await slow.ResponseHeadersAsync.WaitAsync(CallReading.Patience);

        using var quick = host.Watch("node-a");
        var log = new StreamLog(GatewayHost.FalcoKinds);
        var reading = quick.ReadIntoAsync(log);
        for (var round = 1; round <= Rounds; round++)
        {
            await host.Nodes.PutAsync("node-a", Enumerable.Range(0, Pods).Select(number => Large(number, round)).ToArray());
            var last = Large(Pods - 1, round).Uid.ToString();
            await log.UntilAsync(
                one => one.Held.TryGetValue(last, out var held) && held.Meta.Contains($"\"round-{round}\"", StringComparison.Ordinal),
                $"round {round} at the quick reader");
        }

        Assert.Equal(2, host.Services.GetRequiredService<OpenStreams>().Count);
        Assert.Empty(log.Faults);
        quick.Dispose();
        await reading;
    }

    [Fact]
    public async Task Watch_TenThousandStreamsOfOneClient_DelayNobodyElse_AndTheLimitHolds()
    {
        const int Connections = 100, PerConnection = 100, Limit = Connections * PerConnection + 1;
        await using var host = await GatewayHost.StartAsync(options => options.Limits = options.Limits with { MaxStreams = Limit });
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        await host.Nodes.PutAsync("node-b", Things.Pod("other"));
        using var witness = host.Watch("node-b");
        await witness.NextAsync();

        var channels = Enumerable.Range(0, Connections).Select(_ => host.NewChannel()).ToArray();
        var calls = channels.SelectMany(channel => Enumerable.Range(0, PerConnection).Select(_ => host.Watch("node-a", channel: channel))).ToArray();
        foreach (var call in calls) await call.NextAsync();

        await host.Nodes.PutAsync("node-b", Things.Pod("other").WithIp("10.0.0.1"));
        Assert.Equal("Update", (await witness.NextAsync()).Reason);
        using var tooMany = host.Watch("node-b");
        Assert.Equal(StatusCode.Unavailable, (await tooMany.EndAsync()).StatusCode);
        Assert.Equal(1, host.Nodes.ObserversOf("node-a"));
        foreach (var channel in channels) channel.Dispose();
        await Eventually.HoldsAsync(() => host.Services.GetRequiredService<OpenStreams>().Count == 1);
    }

    [Fact]
    public async Task Watch_TwoHundredOnOneNode_AllAreSentEverything()
    {
        const int Readers = 200;
        await using var host = await GatewayHost.StartAsync();
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        var pods = Enumerable.Range(0, 20).Select(number => Things.Pod($"web-{number}").RefersTo(set)).ToArray();
        await host.Nodes.PutAsync("node-a", [.. pods, set]);
        var calls = Enumerable.Range(0, Readers).Select(_ => host.Watch("node-a")).ToArray();
        var logs = calls.Select(_ => new StreamLog(GatewayHost.FalcoKinds)).ToArray();
        var reading = calls.Zip(logs, (call, log) => call.ReadIntoAsync(log)).ToArray();
        foreach (var log in logs) await log.UntilAsync(one => one.Held.Count == 21, "everything");
        await host.Nodes.PutAsync("node-a", pods[7].WithIp("10.0.0.7"));
        foreach (var log in logs) await log.UntilAsync(one => one.Count == 22, "the update");
        Assert.All(logs, log => Assert.Empty(log.Faults));
        Assert.Equal(1, host.Nodes.ObserversOf("node-a"));
        foreach (var call in calls) call.Dispose();
        await Task.WhenAll(reading);
    }

    [Fact]
    public async Task Watch_AThousandConnectAndVanish_LeaveNothingBehind()
    {
        await using var host = await GatewayHost.StartAsync(options => options.Linger = TimeSpan.Zero);
        await host.Nodes.PutAsync("node-0", Things.Pod("web"));
        using var witness = host.Watch("node-0");
        await witness.NextAsync();
        for (var wave = 0; wave < 20; wave++)
        {
            using var channel = host.NewChannel();
            var calls = Enumerable.Range(0, 50).Select(number => host.Watch($"node-{number % 10}", channel: channel)).ToArray();
            // Half of them vanish before they are connected, half after.
            if (wave % 2 == 0) foreach (var call in calls) await call.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
            if (wave % 4 < 2) foreach (var call in calls) call.Dispose();
        }

        var streams = host.Services.GetRequiredService<OpenStreams>();
        var views = host.Services.GetRequiredService<NodeViews>();
        await Eventually.HoldsAsync(() => streams.Count == 1 && views.All().Length == 1);
        await host.Nodes.PutAsync("node-0", Things.Pod("web").WithIp("10.0.0.1"));
        Assert.Equal("Update", (await witness.NextAsync()).Reason);
    }

    private static bool AllAreNewest(StreamLog log, int round) =>
        log.Held.Values.All(held => held.Meta.Contains($"\"round-{round}\"", StringComparison.Ordinal));

    private static NodeResource Large(int number, int round) =>
        Things.Pod($"web-{number}").Labelled("filler", new string('x', 4000)).Labelled("round", $"round-{round}");
}
