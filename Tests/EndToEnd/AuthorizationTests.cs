using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>Subscribers that come from addresses of pods and hosts: each is one of the many addresses of the loopback interface.</summary>
public sealed class AuthorizationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Watch_Enforced_IsForSubscribersOnTheNodeOnly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the loopback interface has one address");
        await using var cluster = await StartAsync("enforce");
        // A pod of the node, and one in the network of its host.
        await AssertServedAsync(cluster, "127.0.0.2");
        await AssertServedAsync(cluster, "127.0.0.4");

        var denied = await EndAsync(cluster, "127.0.0.3");
        Assert.Equal(StatusCode.PermissionDenied, denied.StatusCode);
        Assert.Contains("127.0.0.3 is an address of node node-b, and node-a was asked for", denied.Detail, StringComparison.Ordinal);

        // Whoever comes before its address is known waits for it; a finished pod's address is nobody's.
        var early = AssertServedAsync(cluster, "127.0.0.9");
        var stranger = EndAsync(cluster, "127.0.0.5");
        cluster.Simulator.Objects.Create(Pod("late").In("falco").On("node-a").WithIP("127.0.0.9"));
        await early;
        var aborted = await stranger;
        Assert.Equal(StatusCode.Aborted, aborted.StatusCode);
        Assert.Contains("127.0.0.5 is no address of any pod or host", aborted.Detail, StringComparison.Ordinal);

        using var patience = new CancellationTokenSource(Patience);
        var metrics = await cluster.Collector.MetricsAsync(patience.Token);
        foreach (var line in (string[])["{result=\"own_node\"} 3", "{result=\"other_node\"} 1", "{result=\"unknown\"} 1"])
            Assert.Contains($"meta_collector_gateway_node_checks_total{line}\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Warned_ServesEveryoneAndSaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the loopback interface has one address");
        await using var cluster = await StartAsync("warn");
        await AssertServedAsync(cluster, "127.0.0.3");
        await Eventually.HoldsAsync(() => cluster.Collector.Process.Tail.Contains("127.0.0.3 is an address of node node-b", StringComparison.Ordinal));
    }

    private static Task<EndToEndCluster> StartAsync(string mode) => EndToEndCluster.StartSimulatedAsync(
        prepare: simulator =>
        {
            simulator.Objects.Create(Namespace("falco"));
            simulator.Objects.Create(Pod("falco-a").In("falco").On("node-a").WithIP("127.0.0.2").Set("status.hostIP", "127.0.0.4"));
            simulator.Objects.Create(Pod("falco-b").In("falco").On("node-b").WithIP("127.0.0.3"));
            simulator.Objects.Create(Pod("job").In("falco").On("node-a").WithIP("127.0.0.5").InPhase("Succeeded"));
        },
        flags: ["--authorize-nodes", mode, "--authorize-exempt", "10.255.0.0/16"]);

    private static async Task AssertServedAsync(EndToEndCluster cluster, string from)
    {
        using var channel = ChannelFrom(cluster.Collector.Broker, from);
        using var call = Watch(channel);
        Assert.Equal("Create", (await call.NextAsync()).Reason);
    }

    private static async Task<Status> EndAsync(EndToEndCluster cluster, string from)
    {
        using var channel = ChannelFrom(cluster.Collector.Broker, from);
        using var call = Watch(channel);
        return await call.EndAsync();
    }

    private static AsyncServerStreamingCall<Event> Watch(GrpcChannel channel)
    {
        var selector = new Selector { NodeName = "node-a" };
        foreach (var kind in StreamClient.DefaultKinds) selector.ResourceKinds[kind] = "";
        return new Metadata.MetadataClient(channel).Watch(selector);
    }

    private static GrpcChannel ChannelFrom(Uri broker, string from) => GrpcChannel.ForAddress(broker, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        },
        DisposeHttpClient = true,
    });
}
