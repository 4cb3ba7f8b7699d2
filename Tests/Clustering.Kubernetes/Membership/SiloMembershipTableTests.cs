using System.Globalization;
using System.Net;
using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Tests.Clustering.Kubernetes.Fakes;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

/// <summary>What one silo makes of the others' rows: by its own clock, over its own former lives, without those that died long ago.</summary>
public sealed class SiloMembershipTableTests
{
    private static readonly string Path = MembershipTables.Path();
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lost = Beat * 3;

    private readonly FakeApiServer _server = new();
    private readonly ClusterMembershipOptions _membership = new() { IAmAliveTablePublishTimeout = Beat };

    [Theory]
    [InlineData(-240)]
    [InlineData(-40)]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(240)]
    public async Task ReadAll_OneClockWrong_NobodyWhoGivesHeartbeatsSeemsLost(int seconds)
    {
        var members = new List<Member> { new(this, TimeSpan.Zero), new(this, TimeSpan.Zero), new(this, TimeSpan.FromSeconds(seconds)) };
        foreach (var member in members) await member.JoinAsync();

        for (var beat = 0; beat < 10; beat++)
        {
            foreach (var member in members)
            {
                foreach (var other in members) other.Time.Advance(Beat / members.Count);
                await member.BeatAsync();
            }

            foreach (var member in members) Assert.Equal(3, await member.CountAliveAsync());
        }

        // One is lost: the others see it, whatever their clocks say.
        foreach (var lost in members.ToList())
        {
            var others = members.Where(member => member != lost).ToArray();
            for (var beat = 0; beat < 5; beat++)
            {
                foreach (var member in members) member.Time.Advance(Beat);
                foreach (var other in others) await other.BeatAsync();
            }

            foreach (var other in others) Assert.Equal(2, await other.CountAliveAsync());
            await lost.BeatAsync();
            foreach (var other in others) Assert.Equal(3, await other.CountAliveAsync());
        }
    }

    [Fact]
    public async Task ReadAll_ApiServerWasAwayForAMinute_NobodySeemsLost()
    {
        var members = new[] { new Member(this, TimeSpan.Zero), new Member(this, TimeSpan.Zero) };
        foreach (var member in members) await member.JoinAsync();
        foreach (var member in members) await member.BeatAsync();
        _server.IsDown = true;
        for (var i = 0; i < 12; i++)
        {
            foreach (var member in members)
            {
                member.Time.Advance(Beat);
                await member.BeatAsync();
            }
        }

        _server.IsDown = false;

        foreach (var member in members) Assert.Equal(2, await member.CountAliveAsync());
    }

    [Fact]
    public async Task ReadAll_RowsOfSilosThatDiedLongAgo_SeemLostAtOnce()
    {
        var before = new Member(this, TimeSpan.Zero);
        await before.JoinAsync();
        var after = new Member(this, TimeSpan.FromHours(1));
        await after.JoinAsync();

        Assert.Equal(1, await after.CountAliveAsync());
    }

    [Fact]
    public async Task UpdateRow_OfAnotherSilo_LeavesItsTimesAlone()
    {
        var (voter, suspect) = (new Member(this, TimeSpan.FromSeconds(-40)), new Member(this, TimeSpan.Zero));
        await suspect.JoinAsync();
        await voter.JoinAsync();
        var written = Row(suspect);
        voter.Time.Advance(TimeSpan.FromSeconds(12));
        var all = await voter.Table.ReadAllAsync();
        var (entry, etag) = all.TryGet(suspect.Silo)!;
        entry.Status = SiloStatus.Dead;

        Assert.True(await voter.Table.UpdateRowAsync(entry, etag, all.Version.Next()));

        Assert.Equal(SiloStatus.Dead, Row(suspect).Status);
        Assert.Equal((written.StartTime, written.IAmAliveTime), (Row(suspect).StartTime, Row(suspect).IAmAliveTime));
    }

    [Fact]
    public async Task Succeed_AtTheSameEndpointWithAnEarlierClock_DeclaresTheFormerLifeDead()
    {
        var former = new Member(this, TimeSpan.Zero);
        await former.JoinAsync();
        var other = new Member(this, TimeSpan.Zero, port: 2);
        await other.JoinAsync();
        var next = new Member(this, TimeSpan.FromHours(-1), SiloAddress.New(former.Silo.Endpoint, former.Silo.Generation - 3600));

        await next.Table.SucceedAsync(CancellationToken.None);

        Assert.Equal(SiloStatus.Dead, Row(former).Status);
        Assert.Equal(SiloStatus.Active, Row(other).Status);
    }

    [Fact]
    public async Task Succeed_InTheSamePodAtAnotherAddress_DeclaresTheFormerLifeDead()
    {
        var former = new Member(this, TimeSpan.Zero, pod: "uid-1");
        await former.JoinAsync();
        var next = new Member(this, TimeSpan.Zero, port: 2, pod: "uid-1");

        await next.Table.SucceedAsync(CancellationToken.None);

        Assert.Equal(SiloStatus.Dead, Row(former).Status);
    }

    [Fact]
    public async Task Succeed_WithTheVeryAddressOfTheFormerLife_CanJoin()
    {
        var former = new Member(this, TimeSpan.Zero);
        await former.JoinAsync();
        var next = new Member(this, TimeSpan.Zero, former.Silo);

        await next.Table.SucceedAsync(CancellationToken.None);
        await next.JoinAsync();

        Assert.Equal(SiloStatus.Active, Row(next).Status);
    }

    [Fact]
    public async Task Heartbeats_WhileASiloCrashesAgainAndAgain_KeepTheTableSmallWithoutAWriteOfTheirOwn()
    {
        var survivor = new Member(this, TimeSpan.Zero);
        await survivor.JoinAsync();
        var most = 0;
        for (var crash = 0; crash < 60; crash++)
        {
            // As the kubelet starts it again, at first soon, then every five minutes.
            var crashing = new Member(this, survivor.Time.GetUtcNow() - DateTimeOffset.UnixEpoch - Epoch, port: 2);
            await crashing.Table.SucceedAsync(CancellationToken.None);
            await crashing.JoinAsync();
            for (var pause = TimeSpan.Zero; pause < TimeSpan.FromSeconds(Math.Min(300, 10 << Math.Min(crash, 5))); pause += Beat)
            {
                survivor.Time.Advance(Beat);
                var writes = _server.Writes;
                await survivor.BeatAsync();
                Assert.Equal(writes + 1, _server.Writes);
            }

            most = Math.Max(most, Rows().Count);
        }

        Assert.InRange(most, 3, 12);
        survivor.Time.Advance(Beat);
        for (var i = 0; i < 125; i++)
        {
            survivor.Time.Advance(Beat);
            await survivor.BeatAsync();
        }

        Assert.Equal(2, Rows().Count);
    }

    [Fact]
    public async Task Heartbeats_BesideOneThatNeverGotFurtherThanJoining_DropItsRowAfterTenMinutes()
    {
        var survivor = new Member(this, TimeSpan.Zero);
        await survivor.JoinAsync();
        var stuck = new Member(this, TimeSpan.FromHours(-2), port: 2);
        await stuck.JoinAsync(SiloStatus.Joining);

        for (var beat = 0; beat * Beat < TimeSpan.FromMinutes(9); beat++) await AdvanceAsync();
        Assert.Equal(2, Rows().Count);
        for (var beat = 0; beat * Beat < TimeSpan.FromMinutes(2); beat++) await AdvanceAsync();
        Assert.Equal(SiloStatus.Active, Assert.Single(Rows()).Status);

        Task AdvanceAsync()
        {
            survivor.Time.Advance(Beat);
            return survivor.BeatAsync();
        }
    }

    private static readonly TimeSpan Epoch = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch;

    private IReadOnlyList<MembershipRow> Rows()
    {
        Assert.True(MembershipJson.TryRead((string)_server.Get(Path)!["data"]![MembershipObject.TableKey]!, out var document));
        return document.Rows;
    }

    private MembershipRow Row(Member member) => Rows().Single(row => row.Address == member.Silo.ToParsableString());

    /// <summary>A silo with a clock that is wrong by some time.</summary>
    private sealed class Member
    {
        private static int _generation;

        private readonly ClusterMembershipOptions _membership;

        public Member(SiloMembershipTableTests test, TimeSpan wrongBy, int port = 1, string? pod = null)
            : this(test, wrongBy, SiloAddress.New(IPAddress.Loopback, port, 1_000_000 + Interlocked.Increment(ref _generation)), pod)
        {
        }

        public Member(SiloMembershipTableTests test, TimeSpan wrongBy, SiloAddress silo, string? pod = null)
        {
            (Silo, _membership) = (silo, test._membership);
            Time = new FakeTimeProvider(DateTimeOffset.UnixEpoch + Epoch + wrongBy);
            Table = MembershipTables.SiloTable(test._server, silo, Time, _membership, configure: options => (options.PodName, options.PodUid) = (pod, pod));
        }

        public SiloAddress Silo { get; }

        public FakeTimeProvider Time { get; }

        public SiloMembershipTable Table { get; }

        private DateTime Now => Time.GetUtcNow().UtcDateTime;

        public async Task JoinAsync(SiloStatus status = SiloStatus.Active)
        {
            await Table.InitializeMembershipTableAsync(true);
            var entry = new MembershipEntry { SiloAddress = Silo, HostName = "host", SiloName = "silo", Status = status, StartTime = Now, IAmAliveTime = Now };
            await Table.AddAsync(entry);
        }

        public Task BeatAsync() => Table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = Silo, IAmAliveTime = Now });

        /// <summary>How many silos count where Orleans decides how many votes are needed: by the later of start and heartbeat.</summary>
        public async Task<int> CountAliveAsync() => (await Table.ReadAllAsync()).Members.Count(row =>
            row.Item1.Status == SiloStatus.Active
            && Now - (row.Item1.StartTime > row.Item1.IAmAliveTime ? row.Item1.StartTime : row.Item1.IAmAliveTime) <= Lost);
    }
}
