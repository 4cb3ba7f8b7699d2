using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Wire;
using MetaCollector.Tests.Gateway.Limits;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>Each limit of docs/security.md, tried over real sockets; those of numbers of streams alone are in <c>OpenStreamsTests</c>.</summary>
public sealed class LimitsTests
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray();

    [Fact]
    public async Task Connection_MoreStreamsThanAllowed_LetsThemWaitForTheirTurn()
    {
        await using var host = await StartAsync(limits => limits with { MaxStreamsPerConnection = 2 });
        using var channel = OneConnection(host);
        using var first = host.Watch("node-a", channel: channel);
        await first.NextAsync();
        using var second = host.Watch("node-a", channel: channel);
        await second.NextAsync();
        using var third = host.Watch("node-a", channel: channel);
        var waiting = third.NextAsync();
        using (var elsewhere = host.NewChannel())
        using (var other = host.Watch("node-a", channel: elsewhere)) await other.NextAsync();
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        await waiting;
    }

    [Fact]
    public async Task Request_LargerThanAllowed_IsRefusedAndTheConnectionGoesOn()
    {
        await using var host = await StartAsync(limits => limits with { MaxRequestBytes = 2000 });
        using var channel = OneConnection(host);
        using var open = host.Watch("node-a", channel: channel);
        await open.NextAsync();
        using var large = host.Watch("node-a", ["Pod", new string('x', 2000)], channel);
        Assert.Equal(StatusCode.ResourceExhausted, (await large.EndAsync()).StatusCode);
        using var small = host.Watch("node-a", ["Pod", new string('x', 1000)], channel);
        await small.NextAsync();
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Headers_LargerThanAllowed_AreRefusedAndOtherConnectionsGoOn()
    {
        await using var host = await StartAsync(limits => limits with { MaxHeaderBytes = 4096 });
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var channel = OneConnection(host);
        using var small = WithHeader(channel, 1000);
        await small.NextAsync();
        using var large = WithHeader(channel, 8000);
        Assert.NotEqual(StatusCode.OK, (await large.EndAsync()).StatusCode);
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Connections_MoreInASecondThanAllowed_WaitAndTheRestIsClosed()
    {
        const int PerSecond = 2, Waiting = 20, TooMany = 30;
        await using var host = await StartAsync(limits => limits with { ConnectionsPerSecond = PerSecond });
        using var open = host.Watch("node-a");
        await open.NextAsync();
        var began = Stopwatch.GetTimestamp();
        var sockets = new List<TcpClient>();
        try
        {
            var answered = 0;
            for (var i = 0; i < PerSecond + Waiting + TooMany; i++) sockets.Add(new TcpClient());

            // Whoever is closed at once gets no answer, whoever waits gets one later.
            var answers = sockets.Select(socket => AnswersAsync(host, socket, () => Interlocked.Increment(ref answered))).ToList();
            await CallReading.UntilAsync(() => answers.Count(answer => answer.IsCompleted && !answer.Result) >= TooMany - 10);
            await CallReading.UntilAsync(() => answered >= PerSecond * 3);
            Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(0.8), "nobody had to wait");
            await AssertGoesOnAsync(host, open);
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_WithoutAStream_IsClosedAfterTheIdleTimeAndOneWithAStreamIsNot(bool speaksHttp)
    {
        await using var host = await StartAsync(limits => limits with { IdleTimeout = TimeSpan.FromSeconds(1) });
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var idle = new TcpClient();
        await idle.ConnectAsync(host.Address.Host, host.Address.Port);
        var stream = idle.GetStream();
        if (speaksHttp) await stream.WriteAsync(Preface);
        await ReadToTheEndAsync(stream).WaitAsync(CallReading.Patience);
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Memory_AboveTheMark_RefusesNewStreamsAndOpenOnesGoOn()
    {
        var memory = new FakeMemory();
        await using var host = await StartAsync(limits => limits, services => services.AddSingleton<IMemoryLoad>(memory));
        using var open = host.Watch("node-a");
        await open.NextAsync();
        memory.Fraction = 0.95;
        using var refused = host.Watch("node-a");
        var end = await refused.EndAsync();
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
        Assert.Contains("--memory-high-water", end.Detail, StringComparison.Ordinal);
        await AssertGoesOnAsync(host, open);
    }

    private static async Task<GatewayHost> StartAsync(Func<GatewayLimits, GatewayLimits> change, Action<IServiceCollection>? services = null)
    {
        var host = await GatewayHost.StartAsync(options => options.Limits = change(new GatewayOptions().Limits), services);
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        return host;
    }

    private static GrpcChannel OneConnection(GatewayHost host) => GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false },
        DisposeHttpClient = true,
    });

    private static AsyncServerStreamingCall<Event> WithHeader(GrpcChannel channel, int length)
    {
        var selector = new Selector { NodeName = "node-a", ResourceKinds = { ["Pod"] = "" } };
        return new Metadata.MetadataClient(channel).Watch(selector, new Grpc.Core.Metadata { { "x-large", new string('x', length) } });
    }

    private static async Task AssertGoesOnAsync(GatewayHost host, AsyncServerStreamingCall<Event> open)
    {
        await host.Nodes.PutAsync("node-a", Things.Pod("web", $"10.0.0.{Random.Shared.Next(1, 255)}"));
        Assert.Equal("Update", (await open.NextAsync()).Reason);
    }

    private static async Task<bool> AnswersAsync(GatewayHost host, TcpClient client, Action answered)
    {
        try
        {
            await client.ConnectAsync(host.Address.Host, host.Address.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(Preface);
            if (await stream.ReadAsync(new byte[9]) == 0) return false;
            answered();
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private static async Task ReadToTheEndAsync(NetworkStream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[1024]) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Closed the hard way.
        }
    }
}
