using System.Diagnostics.Metrics;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Reading;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static MetaCollector.Tests.Informer.Reading.ScriptedApiServer;
using Wire = MetaCollector.Informer.Wire;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>Answers that no simulator gives.</summary>
public sealed class KindReaderTests : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordingLogger _log = new();
    private readonly ScriptedApiServer _server = new();
    private readonly InformerOptions _options = new() { UseStreamingLists = false, LongestPause = TimeSpan.FromMilliseconds(20) };
    private readonly ResourceStore _store;
    private Task _running = Task.CompletedTask;

    public KindReaderTests() => _store = new ResourceStore(KindSet.Of(ResourceKind.Deployment), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task List_MalformedItem_CostsItselfAlone()
    {
        _server.ThenList("7", Bytes("one"), [0xff, 0xff, 0xff], Bytes("two"));
        Start();
        await HoldsAsync(2);

        Assert.Single(_log.Warnings, line => line.Contains("Deployment cannot be decoded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_MalformedEvent_CostsItselfAlone()
    {
        _server.ThenList("7", Bytes("one")).ThenWatch(
            Event("ADDED", Object(Deployment("two", "8"))),
            Event("ADDED", [1, 2, 3]),
            [0, 0, 0, 3, 0xff, 0xff, 0xff],
            Event("SURPRISE", Object(Deployment("never", "9"))),
            Event("ADDED", Object(Deployment("three", "10"))));
        Start();
        await HoldsAsync(3);

        Assert.Single(_log.Warnings);
    }

    [Fact]
    public async Task Watch_FrameOfAbsurdLength_IsNotBuffered()
    {
        _server.ThenList("7", Bytes("one")).ThenWatch([0x7f, 0xff, 0xff, 0xff]).ThenList("8", Bytes("one"), Bytes("two"));
        Start();
        await HoldsAsync(2);

        Assert.Contains(_log.Warnings, line => line.Contains("an event of 2147483647 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_ServerThatStaysBehind_IsListedAgain()
    {
        _server.ThenList("700", Bytes("one"));
        for (var i = 0; i < 5; i++)
            _server.ThenError(504, """{"kind":"Status","code":504,"reason":"Timeout","message":"Too large resource version: 700, current: 20"}""");
        _server.ThenList("20", Bytes("two"));
        Start();
        await Eventually.HoldsAsync(() => _server.Asked.Count >= 8, "it is watched again");

        // It has five chances to catch up, before it costs a list.
        Assert.All(_server.Asked.Skip(1).Take(5), path => Assert.Contains("resourceVersion=700&", path, StringComparison.Ordinal));
        Assert.Equal(1, _store.CountOf(ResourceKind.Deployment));
        Assert.Contains("resourceVersion=20&", _server.Asked.ElementAt(7), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_BookmarkOfAnOlderState_IsListedAgain()
    {
        var bookmark = new Wire.Bookmark { Metadata = new Wire.BookmarkMeta { ResourceVersion = "20" } };
        _server.ThenList("700", Bytes("one")).ThenWatch(Event("BOOKMARK", Object(bookmark))).ThenList("21", Bytes("two"), Bytes("three"));
        Start();
        await HoldsAsync(2);
    }

    [Fact]
    public async Task Watch_Silent_IsListedAnewWhateverVersionTheServerComesBackWith()
    {
        _options.WatchIdleTimeout = TimeSpan.FromMilliseconds(300);
        _server.ThenList("700", Bytes("one")).ThenWatch().ThenList("20", Bytes("two"), Bytes("three")).ThenWatch();
        Start();
        await HoldsAsync(2);
        await Eventually.HoldsAsync(() => _server.Asked.Count >= 4, "it is watched again");

        Assert.Contains("resourceVersion=20&", _server.Asked.ElementAt(3), StringComparison.Ordinal);
        // A server that was set back is no proxy that buffers.
        Assert.DoesNotContain(_log.Warnings, line => line.Contains("buffers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_CutAgainAndAgainBeforeItBroughtAnything_IsListedAnewAtTheIdleTimeout()
    {
        _options.WatchIdleTimeout = TimeSpan.FromMilliseconds(300);
        _server.ThenList("700", Bytes("one"));
        for (var i = 0; i < 500; i++) _server.ThenCutOrList("701", Bytes("one"), Bytes("two"));
        Start();
        await HoldsAsync(2);

        // The reader feeds the list first and says then what it makes of it.
        await Eventually.HoldsAsync(
            () => _log.Warnings.Any(line => line.Contains("is there a proxy", StringComparison.OrdinalIgnoreCase)), "the reader names the proxy");
    }

    [Fact]
    public async Task Server_AwayForMoreThanOneAttempt_IsListedAnewAndNotResumed()
    {
        _server.ThenList("700", Bytes("one")).ThenCut().ThenUnreachable().ThenUnreachable().ThenList("900", Bytes("two"), Bytes("three"));
        Start();
        await HoldsAsync(2);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    public async Task Server_AwayBehindWhatAnswersForIt_IsListedAnewAndNotResumed(int code)
    {
        _server.ThenList("700", Bytes("one")).ThenCut().ThenError(code, "nobody there").ThenError(code, "nobody there").ThenList("900", Bytes("two"), Bytes("three"));
        Start();
        await HoldsAsync(2);
    }

    [Fact]
    public async Task Server_AwayBehindWhatHangsUp_IsListedAnewAndNotResumed()
    {
        _server.ThenList("700", Bytes("one")).ThenCut().ThenHangUp().ThenHangUp().ThenList("900", Bytes("two"), Bytes("three"));
        Start();
        await HoldsAsync(2);
    }

    [Fact]
    public async Task Server_AwayForOneAttempt_IsResumed()
    {
        _server.ThenList("700", Bytes("one")).ThenCut().ThenUnreachable().ThenWatch(Event("ADDED", Object(Deployment("two", "701"))));
        Start();
        await HoldsAsync(2);

        Assert.Contains("resourceVersion=700&", _server.Asked.ElementAt(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_SetBackWhileAWatchIsCut_IsListedAnewAndNotResumed()
    {
        _server.Version = "650";
        _server.ThenList("700", Bytes("one")).ThenCut(Event("ADDED", Object(Deployment("two", "701")))).ThenList("660", Bytes("one"), Bytes("three"), Bytes("four"));
        Start();
        await HoldsAsync(3);

        Assert.DoesNotContain("watch=true", _server.Asked.ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Resumed_StartsFromTheLastBookmark()
    {
        var bookmark = new Wire.Bookmark { Metadata = new Wire.BookmarkMeta { ResourceVersion = "900" } };
        _server.ThenList("700", Bytes("one")).ThenCut(Event("BOOKMARK", Object(bookmark)));
        Start();
        await Eventually.HoldsAsync(() => _server.Asked.Count == 3, "it is watched again");

        Assert.Contains("resourceVersion=900&", _server.Asked.ElementAt(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamingList_CutAgainAndAgain_IsReadInPages()
    {
        _options.UseStreamingLists = true;
        for (var i = 0; i < 3; i++) _server.ThenCut(Event("ADDED", Object(Deployment("one"))));
        _server.ThenList("7", Bytes("one"), Bytes("two"));
        Start();
        await HoldsAsync(2);

        Assert.Equal(3, _server.Asked.Count(path => path.Contains("sendInitialEvents", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StreamingList_ThatTheServerFailsAt_IsReadInPages()
    {
        _options.UseStreamingLists = true;
        var failure = new Wire.Status { Code = 500, Message = "the required storage feature RequestWatchProgress is disabled" };
        for (var i = 0; i < 3; i++) _server.ThenCut(Event("ERROR", Object(failure)));
        _server.ThenList("7", Bytes("one"), Bytes("two"));
        Start();
        await HoldsAsync(2);

        Assert.Equal(3, _server.Asked.Count(path => path.Contains("sendInitialEvents", StringComparison.Ordinal)));
        Assert.Contains(_log.Lines, line => line.Contains("RequestWatchProgress", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Credentials_Refused_AreToldAndTriedAgain()
    {
        _server.ThenError(401, "Unauthorized").ThenList("7", Bytes("one"));
        Start();
        await HoldsAsync(1);

        Assert.Contains(_log.Warnings, line => line.Contains("refuses the credentials of this replica (401 Unauthorized)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answer_OfSomethingElse_SaysWhatItWas()
    {
        _server.ThenText("<html>").ThenList("7", Bytes("one"));
        Start();
        await HoldsAsync(1);

        Assert.Contains(_log.Warnings, line => line.Contains("is it an API server?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_ThatCannotServe_IsReportedOnce()
    {
        for (var i = 0; i < 5; i++) _server.ThenError(503, "etcd is away");
        _server.ThenList("7", Bytes("one"));
        Start();
        await HoldsAsync(1);

        Assert.Equal("the API server at http://scripted/ cannot serve requests: 503 etcd is away; trying again", Assert.Single(_log.Warnings));
    }

    private static byte[] Bytes(string name) => Google.Protobuf.MessageExtensions.ToByteArray(Deployment(name));

    private void Start()
    {
        var status = new InformerStatus();
        status.Watch(_store.Wanted, _store.CountOf, () => 0, () => 0);
        var endpoint = KindEndpoint.Of(_store.Wanted).Single();
        var report = new KindReport(
            endpoint, status, new InformerMetrics(_services.GetRequiredService<IMeterFactory>(), status, TimeProvider.System),
            new Reachability(status, TimeProvider.System, _log), TimeProvider.System, _log);
        var reader = new KindReader(
            endpoint, _server, _store, new ObjectDecoder(Pools.Versions), _options, report, new FaultsSeen().Faults, TimeProvider.System, new Random(1));
        _running = reader.RunAsync(_stop.Token);
    }

    private Task HoldsAsync(int objects) => Eventually.HoldsAsync(
        () => _store.CountOf(ResourceKind.Deployment) == objects, $"{objects} Deployments are held", () => string.Join(" | ", _log.Lines));
}
