using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;
using MetaCollector.Tests.Gateway.Limits;
using MetaCollector.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>Each limit of docs/security.md, tried over real sockets; those of numbers of streams alone are in <c>OpenStreamsTests</c>.</summary>
public sealed class LimitsTests
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray();
    private static int _addresses;

    private string _from = "10.0.0.1";

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
        using var seen = new SeenMetrics(host);
        using var large = host.Watch("node-a", ["Pod", new string('x', 2000)], channel);
        Assert.Equal(StatusCode.ResourceExhausted, (await large.EndAsync()).StatusCode);
        await seen.UntilAsync(Refused("message too large"));
        using var small = host.Watch("node-a", ["Pod", new string('x', 1000)], channel);
        await small.NextAsync();
        await AssertGoesOnAsync(host, open);
    }

    [Theory]
    [InlineData(3000, 2, "431", "meta_collector_gateway_requests_refused{cause=headers_too_large}")]
    [InlineData(3000, 3, "closed", "kestrel.connection.duration{error.type=max_request_headers_total_size_exceeded}")]
    [InlineData(5000, 1, "closed", "kestrel.connection.duration{error.type=error_reading_headers}")]
    public async Task Headers_LargerThanAllowed_AreRefusedAndOtherConnectionsGoOn(int length, int count, string expected, string metric)
    {
        await using var host = await StartAsync(limits => limits with { MaxHeaderBytes = 4096 });
        using var seen = new SeenMetrics(host);
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var client = await RawHttp2.ConnectAsync(host.Address);
        await client.CallAsync(Enumerable.Range(0, count).Select(number => ($"x-large-{number}", new string('x', length))));
        Assert.Equal(expected, await client.AnswerAsync());
        await seen.UntilAsync(metric);
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Request_NeverSent_EndsTheConnection()
    {
        await using var host = await StartAsync(limits => limits);
        using var seen = new SeenMetrics(host);
        using var client = await RawHttp2.ConnectAsync(host.Address);
        await client.CallAsync([]);
        Assert.Equal("closed", await client.AnswerAsync());
        await seen.UntilAsync("kestrel.connection.duration{error.type=min_request_body_data_rate}");
    }

    [Fact]
    public async Task Headers_NeverFinished_EndTheConnectionAfterTheHandshakeTime()
    {
        await using var host = await StartAsync(limits => limits with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        using var seen = new SeenMetrics(host);
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var client = await RawHttp2.ConnectAsync(host.Address);
        await client.CallAsync([], areAll: false);
        Assert.Equal("closed", await client.AnswerAsync());
        await seen.UntilAsync("kestrel.connection.duration{error.type=request_headers_timeout}");
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Connections_MoreInASecondThanAllowed_WaitAndTheRestIsClosed()
    {
        const int PerSecond = 2, Waiting = 20, TooMany = 30;
        await using var host = await StartAsync(limits => limits with { ConnectionsPerSecond = PerSecond });
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var seen = new SeenMetrics(host);
        var began = Stopwatch.GetTimestamp();
        var sockets = new List<TcpClient>();
        try
        {
            var answered = 0;
            for (var i = 0; i < PerSecond + Waiting + TooMany; i++) sockets.Add(new TcpClient());

            // Whoever is closed at once gets no answer, whoever waits gets one later.
            var answers = sockets.Select(socket => AnswersAsync(host, socket, () => Interlocked.Increment(ref answered))).ToList();
            await Eventually.HoldsAsync(() => answers.Count(answer => answer.IsCompleted && !answer.Result) >= TooMany - 10);
            await Eventually.HoldsAsync(() => answered >= PerSecond * 3);
            Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(0.8), "nobody had to wait");
            await seen.UntilAsync("meta_collector_gateway_connections_refused");
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
        using var seen = new SeenMetrics(host);
        using var idle = new TcpClient();
        await idle.ConnectAsync(host.Address.Host, host.Address.Port);
        var stream = idle.GetStream();
        if (speaksHttp) await stream.WriteAsync(Preface);
        await ReadToTheEndAsync(stream).WaitAsync(CallReading.Patience);
        await seen.UntilAsync("kestrel.connection.duration{error.type=keep_alive_timeout}");
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Connections_MoreThanAllowed_AreClosed()
    {
        // A thousand are set aside for those whose streams are refused.
        const int Allowed = 1001;
        await using var host = await StartAsync(limits => limits with { MaxStreams = 1 });
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var seen = new SeenMetrics(host);
        var sockets = new List<TcpClient>();
        try
        {
            for (var i = 1; i < Allowed; i++)
            {
                sockets.Add(new TcpClient());
                await sockets[^1].ConnectAsync(host.Address.Host, host.Address.Port);
            }

            // The last ones are accepted in whatever order: one of them finds no place.
            while (seen.Records("kestrel.rejected_connections") == 0)
            {
                sockets.Add(new TcpClient());
                await sockets[^1].ConnectAsync(host.Address.Host, host.Address.Port);
                Assert.InRange(sockets.Count, 0, Allowed + 100);
                await AssertGoesOnAsync(host, open);
            }

            await seen.UntilAsync("kestrel.connection.duration{error.type=max_concurrent_connections_exceeded}");
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    [Fact]
    public async Task Streams_MoreThanAllowedInAllOrFromOneAddress_AreRefused()
    {
        await using var host = await StartAsync(limits => limits with { MaxStreams = 3, MaxStreamsPerPeer = 2 }, listen: port => port.Use(next => connection =>
        {
            // Loopback is not counted, so everyone comes from elsewhere.
            connection.RemoteEndPoint = new IPEndPoint(IPAddress.Parse(_from), 4711);
            return next(connection);
        }));
        using var seen = new SeenMetrics(host);
        using var open = host.Watch("node-a");
        await open.NextAsync();
        using var second = host.Watch("node-a");
        await second.NextAsync();
        using var third = host.Watch("node-a");
        await AssertRefusedAsync(third, "--max-streams-per-peer");
        Assert.Equal(1, seen["meta_collector_gateway_streams_refused{cause=too_many_streams_of_a_peer}"]);

        _from = "10.0.0.2";
        using var elsewhere = host.NewChannel();
        using var other = host.Watch("node-a", channel: elsewhere);
        await other.NextAsync();
        using var tooMany = host.Watch("node-a", channel: elsewhere);
        await AssertRefusedAsync(tooMany, "(--max-streams)");
        Assert.Equal(1, seen["meta_collector_gateway_streams_refused{cause=too_many_streams}"]);
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
        using var seen = new SeenMetrics(host);
        using var refused = host.Watch("node-a");
        await AssertRefusedAsync(refused, "--memory-high-water");
        Assert.Equal(1, seen["meta_collector_gateway_streams_refused{cause=memory_low}"]);
        await AssertGoesOnAsync(host, open);
    }

    [Fact]
    public async Task Events_MoreThanTheBurst_ComeLater()
    {
        const int Burst = 5, Pods = 20;
        await using var host = await GatewayHost.StartAsync(options => (options.BurstEvents, options.EventsPerSecond) = (Burst, 20));
        await host.Nodes.PutAsync("node-a", Enumerable.Range(0, Pods).Select(number => Things.Pod($"web-{number}")).ToArray());
        using var seen = new SeenMetrics(host);
        using var call = host.Watch("node-a");
        await call.NextAsync(Pods);
        await seen.UntilAsync("meta_collector_gateway_pacing_waits");
    }

    [Fact]
    public async Task Event_LargerThanAClientTakes_IsKeptOut()
    {
        await using var host = await StartAsync(limits => limits);
        using var seen = new SeenMetrics(host);
        await host.Nodes.PutAsync("node-a", Things.Pod("large").Labelled("filler", new string('x', EventSize.Limit)));
        using var open = host.Watch("node-a");
        Assert.Contains("\"web\"", (await open.NextAsync()).Meta, StringComparison.Ordinal);
        Assert.Equal(1, seen["meta_collector_gateway_oversized_resources{kind=Pod}"]);
        await AssertGoesOnAsync(host, open);
    }

    private static async Task AssertRefusedAsync(AsyncServerStreamingCall<Event> call, string flag)
    {
        var end = await call.EndAsync();
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
        Assert.Contains(flag, end.Detail, StringComparison.Ordinal);
    }

    private static async Task<GatewayHost> StartAsync(
        Func<GatewayLimits, GatewayLimits> change, Action<IServiceCollection>? services = null, Action<ListenOptions>? listen = null)
    {
        var host = await GatewayHost.StartAsync(options => options.Limits = change(new GatewayOptions().Limits), services, listen);
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        return host;
    }

    private static GrpcChannel OneConnection(GatewayHost host) => GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false },
        DisposeHttpClient = true,
    });

    private static string Refused(string cause) => $"meta_collector_gateway_requests_refused{{cause={cause.Replace(' ', '_')}}}";

    private static async Task AssertGoesOnAsync(GatewayHost host, AsyncServerStreamingCall<Event> open)
    {
        // Another address each time: the same again would be no Update.
        var address = Interlocked.Increment(ref _addresses);
        await host.Nodes.PutAsync("node-a", Things.Pod("web", $"10.0.{address / 256}.{address % 256}"));
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
