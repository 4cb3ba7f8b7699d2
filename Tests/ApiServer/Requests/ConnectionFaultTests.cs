using MetaCollector.ApiServer.Requests;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Informer.Reading;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Requests;

/// <summary>
/// What load balancers and API servers do to connections that are as good as ever: the watches go on where they were, nothing is listed
/// again, and nobody is told.
/// </summary>
public sealed class ConnectionFaultTests : IAsyncLifetime
{
    private Rig _rig = null!;
    private ReadingRig _reading = null!;
    private int _changes;

    public async ValueTask InitializeAsync()
    {
        _rig = await Rig.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(500) });
        ReadersTests.SmallCluster(_rig.Simulator);
        _reading = ReadingRig.By(_rig.Access(_rig.Config()), _rig.Simulator);
        await _reading.InSyncAsync();
        await _reading.WatchingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _reading.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Watches_AllKinds_ShareOneHttp2Connection()
    {
        await ChangeAsync();

        Assert.Equal(1, _rig.Front.Connections);
        Assert.Equal("h2", Assert.Single(_rig.Front.Open).Protocol);
    }

    [Fact]
    public async Task Watches_ServerGoesAwayWhileTheyRun_GoOnAndTheNextRequestUsesAnotherConnection()
    {
        await _rig.Front.GoAwayAsync();
        await ChangeAsync();
        Assert.Equal(1, _rig.Front.Connections);

        // As with --goaway-chance: what is under way goes on, what ends begins elsewhere.
        for (var round = 0; round < 3; round++)
        {
            _rig.Simulator.Faults.EndWatches("pods");
            await ChangeAsync();
            await _rig.Front.GoAwayAsync();
        }

        await AssertQuietAsync();
    }

    [Fact]
    public async Task Watches_ConnectionReset_ResumeWithoutAList()
    {
        for (var round = 0; round < 3; round++)
        {
            _rig.Front.Reset();
            await ChangeAsync();
            await _reading.WatchingAsync();
        }

        Assert.InRange(_rig.Front.Connections, 2, 6);
        await AssertQuietAsync();
    }

    [Fact]
    public async Task Watches_ConnectionsThatAge_ResumeWithoutAList()
    {
        // Goodbye first, then the end: what a load balancer does to those that are too old.
        for (var round = 0; round < 3; round++)
        {
            await _rig.Front.GoAwayAsync();
            _rig.Front.Reset();
            await ChangeAsync();
            await _reading.WatchingAsync();
        }

        await AssertQuietAsync();
    }

    [Fact]
    public async Task Watches_Busy_SendNoPingsToMeasureTheWay()
    {
        for (var change = 0; change < 20; change++) await ChangeAsync();

        Assert.Equal(0, _rig.Front.Pings);
    }

    [Fact]
    public async Task Watches_ServerThatTakesFewPings_ResumeWithoutAList()
    {
        await using var rig = await Rig.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMinutes(1) });
        rig.Front.PingLimit = 1;
        ReadersTests.SmallCluster(rig.Simulator);
        var often = new KeepAlive(OffersHttp2: true, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        var options = ReadingRig.Impatient;
        options.WatchIdleTimeout = TimeSpan.FromMinutes(1);
        await using var reading = ReadingRig.By(rig.Access(rig.Config(), keepAlive: often), rig.Simulator, options);
        await reading.InSyncAsync();

        await Eventually.HoldsAsync(() => rig.Front.Calmed >= 3, "ENHANCE_YOUR_CALM was said three times");
        await reading.WatchingAsync();

        Assert.Equal(options.Wanted.Kinds().Count(), rig.Simulator.Requests.All.Count(request => request.AsksForEverything));
        Assert.Empty(rig.Log.Warnings);
        Assert.Empty(reading.Log.Warnings);
    }

    // Every sort of object once more, and what was fed is what is there.
    private async Task ChangeAsync()
    {
        var label = $"{Interlocked.Increment(ref _changes)}";
        foreach (var one in ResourceTypes.All.SelectMany(type => _rig.Simulator.Objects.List(type)).Where(one => one.Namespace == "default"))
            _rig.Simulator.Objects.Change(one, current => current.Labelled(("changed", label)));
        await _reading.CaughtUpAsync();
    }

    private async Task AssertQuietAsync()
    {
        await _reading.WatchingAsync();
        Assert.Equal(_reading.Options.Wanted.Kinds().Count(), _rig.Simulator.Requests.All.Count(request => request.AsksForEverything));
        Assert.Empty(_rig.Log.Warnings);
        Assert.Empty(_reading.Log.Warnings);
    }
}
