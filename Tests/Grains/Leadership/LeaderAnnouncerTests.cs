using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Leadership;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Grains.Leadership;

/// <summary>Who is told who leads, while some do not answer.</summary>
public sealed class LeaderAnnouncerTests : IAsyncLifetime, ISilos<ILeaderService>, IClusterMembershipService
{
    private static readonly SiloAddress Self = SiloAddress.New(IPAddress.Loopback, 11111, 1);
    private static readonly SiloAddress Frozen = SiloAddress.New(IPAddress.Loopback, 11112, 1);
    private static readonly SiloAddress Other = SiloAddress.New(IPAddress.Loopback, 11113, 1);

    private readonly ConcurrentQueue<(SiloAddress Silo, LeaderAnnouncement Announcement)> _told = new();
    private readonly TaskCompletionSource<long> _thawed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LeaderDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LeaderAnnouncer _announcer;

    public LeaderAnnouncerTests() =>
        _announcer = new LeaderAnnouncer(this, this, _directory, _time, NullLogger<LeaderAnnouncer>.Instance);

    public ClusterMembershipSnapshot CurrentSnapshot { get; } = new(
        new[] { Self, Frozen, Other }.ToImmutableDictionary(silo => silo, silo => new ClusterMember(silo, SiloStatus.Active, "silo")), new MembershipVersion(1));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => AsyncEnumerable.Empty<ClusterMembershipSnapshot>();

    public async ValueTask InitializeAsync() => await _announcer.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _announcer.StopAsync(CancellationToken.None);
        _announcer.Dispose();
    }

    [Fact]
    public async Task Announce_OneSiloDoesNotAnswer_TheOtherIsToldEverythingAndThatOneTheNewestOnceItDoes()
    {
        var leading = new LeaderAnnouncement(3, Self, IsSynced: false);
        _announcer.Announce(leading);
        await Eventually.HoldsAsync(() => _told.Contains((Other, leading)) && _told.Contains((Frozen, leading)), "both are told");

        foreach (var next in (LeaderAnnouncement[])[leading with { IsSynced = true }, leading with { IsSynced = true, IsLeaving = true }])
        {
            _announcer.Announce(next);
            await Eventually.HoldsAsync(() => _told.Contains((Other, next)), "the other is told");
        }

        Assert.Single(_told, told => told.Silo.Equals(Frozen));
        _thawed.SetResult(3);
        await Eventually.HoldsAsync(() => _told.Contains((Frozen, leading with { IsSynced = true, IsLeaving = true })), "it is told the newest");
        Assert.DoesNotContain((Frozen, leading with { IsSynced = true }), _told);
    }

    [Fact]
    public async Task Announce_Once_IsRepeatedEveryFiveSeconds()
    {
        var leading = new LeaderAnnouncement(3, Self, IsSynced: true);
        _announcer.Announce(leading);
        await Eventually.HoldsAsync(() => ToldOther() > 0, "the other is told");

        var began = _time.GetTimestamp();
        // Once or twice at first, as its start and the announcement meet.
        await Eventually.HoldsAsync(() => ToldOther() >= 5 || SecondPasses(), "the other is told again, three times at least");
        Assert.InRange(_time.GetElapsedTime(began), TimeSpan.FromSeconds(15), TimeSpan.MaxValue);

        // Step by step, since the announcer may not have set its timer yet.
        bool SecondPasses()
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return false;
        }

        int ToldOther() => _told.Count(told => told == (Other, leading));
    }

    [Fact]
    public async Task Announce_ASiloHasSeenANewerTerm_IsHeard()
    {
        _thawed.SetResult(9);
        _announcer.Announce(new LeaderAnnouncement(3, Self, IsSynced: false));

        await Eventually.HoldsAsync(() => _directory.HighestTerm == 9, "the newer term is known");
    }

    public ILeaderService At(SiloAddress silo) => new Line(this, silo);

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(false);

    private sealed class Line(LeaderAnnouncerTests owner, SiloAddress silo) : ILeaderService
    {
        public async Task<long> AnnounceAsync(LeaderAnnouncement announcement)
        {
            owner._told.Enqueue((silo, announcement));
            return silo.Equals(Frozen) ? await owner._thawed.Task : announcement.Term;
        }

        public Task<NodeInventory[]> GetNodesAsync(string[] nodes) => throw new NotLeadingException();

        public Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held) => throw new NotLeadingException();

        public Task<string[][]> FindNodesAsync(string[] addresses) => throw new NotLeadingException();

        public Task<Position> GetPositionAsync(string @namespace) => throw new NotLeadingException();
    }
}
