using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Tests.Clustering.Kubernetes.Fakes;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

/// <summary>What the table says to a silo that leaves while the API server fails it.</summary>
public sealed class FarewellTests
{
    private static readonly string Path = MembershipTables.Path();

    private readonly FakeApiServer _server = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<SiloMembershipTable> _log = new();
    private readonly ClusterMembershipOptions _membership = new();

    [Fact]
    public async Task UpdateRow_ServerThere_IsWrittenAfterTheSiloBeganToLeave()
    {
        var (table, entry) = await JoinedAsync();
        table.Leave();

        await table.SetStatusAsync(entry, SiloStatus.Dead);

        Assert.Equal(SiloStatus.Dead, Assert.Single((await MembershipTables.Table(_server).ReadAllAsync()).Members).Item1.Status);
        Assert.Empty(_log.Warnings);
        Assert.True(_membership.UseLivenessGossip);
    }

    [Fact]
    public async Task ReadAll_ServerDownForAMoment_IsTriedAgain()
    {
        var (table, _) = await JoinedAsync();
        table.Leave();
        _server.IsDown = true;

        var reading = table.ReadAllAsync();
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.False(reading.IsCompleted);
        _server.IsDown = false;
        await PassAsync(TimeSpan.FromMilliseconds(200));

        Assert.Single((await reading).Members);
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public async Task Accesses_ServerDown_EndWithinTwoSecondsAndAreNotTriedAgain()
    {
        var (table, entry) = await JoinedAsync();
        table.Leave();
        _server.IsDown = true;

        var reading = table.ReadAllAsync();
        await PassAsync(TimeSpan.FromSeconds(2));
        var known = await reading.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Single(known.Members);
        var (row, etag) = known.TryGet(entry.SiloAddress)!;
        Assert.True(await table.UpdateRowAsync(row, etag, known.Version.Next()));
        await table.UpdateIAmAliveAsync(row);
        Assert.Contains("connection refused", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.False(_membership.UseLivenessGossip);
    }

    [Fact]
    public async Task Access_UnderWayToASilentServer_EndsWithTheFirstThatIsGivenUp()
    {
        var (table, entry) = await JoinedAsync();
        _server.Before = _ => Task.Delay(Timeout.Infinite);
        var heartbeat = table.UpdateIAmAliveAsync(entry);
        table.Leave();

        var reading = table.ReadAllAsync();
        await PassAsync(TimeSpan.FromSeconds(2));
        await reading.WaitAsync(TimeSpan.FromSeconds(60));
        await heartbeat.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Contains("did not answer within 2 s", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAll_TableDeleted_IsNotPutBackByASiloThatLeaves()
    {
        var (table, _) = await JoinedAsync();
        table.Leave();
        _server.Delete(Path);

        Assert.Single((await table.ReadAllAsync()).Members);

        Assert.Null(_server.Get(Path));
        Assert.Contains("found missing", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    private async Task<(SiloMembershipTable Table, MembershipEntry Entry)> JoinedAsync()
    {
        var entry = MembershipTables.Entry(SiloStatus.Active);
        var table = MembershipTables.SiloTable(_server, entry.SiloAddress, _time, _membership, _log);
        await table.InitializeMembershipTableAsync(true);
        return (table, await table.AddAsync(entry));
    }

    // In steps, each of which lets what it woke run on.
    private async Task PassAsync(TimeSpan time)
    {
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await often.WaitForNextTickAsync();
        }
    }
}
