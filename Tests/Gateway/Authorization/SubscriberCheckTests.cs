using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Core;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Streams;
using MetaCollector.Tests.Gateway.Limits;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Authorization;

public sealed class SubscriberCheckTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeAddresses _addresses = new();
    private readonly GatewayOptions _options = new() { AuthorizeNodes = NodeAuthorization.Enforce };
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RecordingLogger<SubscriberCheck> _log = new();
    private readonly OpenStreams _streams;
    private readonly SubscriberCheck _check;

    public SubscriberCheckTests()
    {
        var metrics = new GatewayMetrics(_services.GetRequiredService<IMeterFactory>());
        var options = Options.Create(_options);
        _streams = new OpenStreams(options, new MemoryWatermark(new FakeMemory(), options, _time), metrics, _time, NullLogger<OpenStreams>.Instance);
        _check = new SubscriberCheck(_addresses, Options.Create(_options), metrics, _time, _log);
        _addresses.Nodes["10.1.0.1"] = ["node-a"];
        _addresses.Nodes["10.1.0.2"] = ["node-b"];
        _addresses.Nodes["10.1.0.3"] = ["node-b", "node-a"];
        _addresses.Nodes["fd00::1"] = ["node-a"];
    }

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData("10.1.0.1")]
    [InlineData("::ffff:10.1.0.1")]
    [InlineData("10.1.0.3")]
    [InlineData("fd00:0:0::1")]
    [InlineData("fd00::1%2")]
    [InlineData("127.0.0.6")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::1")]
    public async Task RunAsync_OwnNodeOrLoopback_LetsIn(string peer)
    {
        using var session = await RunAsync(IPAddress.Parse(peer));
        Assert.False(session.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task RunAsync_NoAddress_LetsIn()
    {
        using var session = await RunAsync(null);
        Assert.False(session.Ended.IsCancellationRequested);
    }

    [Theory]
    [InlineData("10.1.0.2")]
    [InlineData("::ffff:10.1.0.2")]
    public async Task RunAsync_AddressOfAnotherNode_IsDeniedAtOnceWithWhatWasSeenAndExpected(string peer)
    {
        using var session = await RunAsync(IPAddress.Parse(peer));
        Assert.Equal(("other node", StatusCode.PermissionDenied), (session.Reason.Cause, session.Reason.Status.StatusCode));
        Assert.Contains("10.1.0.2 is an address of node node-b, and node-a was asked for", session.Reason.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_LoopbackEnforced_IsLetInCountedAndWarnedOfOnce()
    {
        using var results = new SeenResults(_services);
        for (var i = 0; i < 3; i++) (await RunAsync(IPAddress.Loopback)).Dispose();
        Assert.Contains("--authorize-nodes enforce protects nothing", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Equal(3, results["loopback"]);
        _time.Advance(TimeSpan.FromMinutes(11));
        (await RunAsync(IPAddress.IPv6Loopback)).Dispose();
        Assert.Equal(2, _log.Warnings.Count);
    }

    [Fact]
    public async Task RunAsync_LoopbackNotEnforced_IsNoWarning()
    {
        _options.AuthorizeNodes = NodeAuthorization.Warn;
        (await RunAsync(IPAddress.Loopback)).Dispose();
        Assert.Empty(_log.Warnings);
    }

    [Theory]
    [InlineData(false, 10, 15)]
    [InlineData(true, 120, 130)]
    public async Task RunAsync_UnknownAddress_IsAbortedAfterAWhile(bool isNobodyThere, int atLeast, int atMost)
    {
        _addresses.AreLost = isNobodyThere;
        var began = _time.GetTimestamp();
        using var session = _streams.Open(null, CancellationToken.None);
        var run = _check.RunAsync(IPAddress.Parse("10.1.0.9"), "node-a", session);
        await Eventually.HoldsAsync(() => Pass(run));
        Assert.InRange(_time.GetElapsedTime(began), TimeSpan.FromSeconds(atLeast), TimeSpan.FromSeconds(atMost));
        Assert.Equal(("unknown address", StatusCode.Aborted), (session.Reason.Cause, session.Reason.Status.StatusCode));
        // Few enough questions that a crowd of strangers does no harm.
        Assert.InRange(_addresses.Asked, 5, isNobodyThere ? 70 : 12);
    }

    [Fact]
    public async Task RunAsync_AddressThatBecomesKnownMeanwhile_LetsIn()
    {
        using var session = _streams.Open(null, CancellationToken.None);
        var run = _check.RunAsync(IPAddress.Parse("10.1.0.9"), "node-a", session);
        await Eventually.HoldsAsync(() =>
        {
            if (_addresses.Asked == 3) _addresses.Nodes["10.1.0.9"] = ["node-a"];
            return Pass(run);
        });
        Assert.False(session.Ended.IsCancellationRequested);
    }

    [Fact]
    public async Task RunAsync_StreamEndsMeanwhile_EndsToo()
    {
        using var session = _streams.Open(null, CancellationToken.None);
        var run = _check.RunAsync(IPAddress.Parse("10.1.0.9"), "node-a", session);
        session.End(StreamEnd.Shutdown);
        await run.WaitAsync(CallReading.Patience);
        Assert.Same(StreamEnd.Shutdown, session.Reason);
    }

    [Theory]
    [InlineData(NodeAuthorization.Warn, 1)]
    [InlineData(NodeAuthorization.Off, 0)]
    public async Task RunAsync_NotEnforced_LetsEveryoneIn(NodeAuthorization mode, int asked)
    {
        _options.AuthorizeNodes = mode;
        using var session = await RunAsync(IPAddress.Parse("10.1.0.2"));
        Assert.False(session.Ended.IsCancellationRequested);
        Assert.Equal(asked, _addresses.Asked);
    }

    [Fact]
    public async Task RunAsync_ExemptNetwork_LetsIn()
    {
        _options.AuthorizeExempt = [IPNetwork.Parse("10.1.0.0/24")];
        using var session = await RunAsync(IPAddress.Parse("::ffff:10.1.0.2"));
        Assert.False(session.Ended.IsCancellationRequested);
        Assert.Equal(0, _addresses.Asked);
    }

    private async Task<StreamSession> RunAsync(IPAddress? peer)
    {
        var session = _streams.Open(null, CancellationToken.None);
        await _check.RunAsync(peer, "node-a", session).WaitAsync(CallReading.Patience);
        return session;
    }

    private bool Pass(Task run)
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        return run.IsCompleted;
    }

    private sealed class SeenResults : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _counts = [];

        public SeenResults(ServiceProvider services)
        {
            var meters = services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "meta_collector_gateway_node_checks") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => _counts[(string)tags[0].Value!] = this[(string)tags[0].Value!] + value);
            _listener.Start();
        }

        public long this[string result] => _counts.GetValueOrDefault(result);

        public void Dispose() => _listener.Dispose();
    }
}
