using System.Net;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;

namespace MetaCollector.Tests.Conversation.Leadership;

/// <summary>What a silo believes of who leads.</summary>
public sealed class LeaderDirectoryTests
{
    private static readonly LeaderAnnouncement Leading = new(3, SiloAddress.New(IPAddress.Loopback, 11111, 1), IsSynced: false) { Number = 1 };
    private static readonly LeaderAnnouncement Synced = Leading with { IsSynced = true, Number = 2 };
    private static readonly LeaderAnnouncement Leaving = Synced with { IsLeaving = true, Number = 3 };
    private static readonly LeaderAnnouncement Next = new(4, SiloAddress.New(IPAddress.Loopback, 11112, 1), IsSynced: false);

    private readonly LeaderDirectory _directory = new();
    private int _leavings;

    public LeaderDirectoryTests() => _directory.LeaderLeaves += () => _leavings++;

    [Fact]
    public void Announce_LateOfTheSameTerm_TurnsNothingBack()
    {
        foreach (var announcement in (LeaderAnnouncement[])[Leading, Synced, Leading]) _directory.Announce(announcement);
        Assert.Equal(Synced, _directory.Leader);
        foreach (var announcement in (LeaderAnnouncement[])[Leaving, Synced, Leading, Leaving]) _directory.Announce(announcement);
        Assert.Equal(Leaving, _directory.Leader);
        Assert.Equal(1, _leavings);
    }

    [Fact]
    public void Announce_LeaderThatLeaves_IsNoReasonToVerify()
    {
        _directory.Announce(Synced);
        var generation = _directory.Generation;
        _directory.Announce(Leaving);
        Assert.Equal(generation, _directory.Generation);
    }

    [Fact]
    public void Announce_KindThatCanBeReadAgain_IsAReasonToVerify_AndOneThatIsRefusedIsNone()
    {
        _directory.Announce(Synced);
        var generation = _directory.Generation;
        _directory.Announce(Synced with { Number = 3, Refused = KindSet.Of(ResourceKind.Deployment, ResourceKind.Pod) });
        Assert.Equal(generation, _directory.Generation);
        _directory.Announce(Synced with { Number = 4, Refused = KindSet.Of(ResourceKind.Pod) });
        Assert.Equal(generation + 1, _directory.Generation);
    }

    [Fact]
    public void ChangeSince_OnlyANewerGeneration_CompletesIt()
    {
        var since = _directory.ChangeSince(0);
        Assert.False(since.IsCompleted);
        _directory.SiloDied();
        Assert.True(since.IsCompleted);
        Assert.True(_directory.ChangeSince(0).IsCompleted);
        Assert.False(_directory.ChangeSince(1).IsCompleted);
    }

    [Fact]
    public async Task WaitForTermAbove_OnlyANewerTerm_EndsIt()
    {
        _directory.Announce(Leading);
        var risen = _directory.WaitForTermAboveAsync(3, TestContext.Current.CancellationToken);
        _directory.Announce(Synced);
        _directory.Observe(2);
        Assert.False(risen.IsCompleted);
        _directory.Observe(4);
        await risen;
        await _directory.WaitForTermAboveAsync(3, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WaitForTermAbove_GivenUp_IsCancelled()
    {
        using var giveUp = new CancellationTokenSource();
        var risen = _directory.WaitForTermAboveAsync(0, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => risen);
        _directory.Observe(1);
    }

    [Fact]
    public void Announce_OfATermThatIsOver_IsAnsweredWithTheHighestAndRaisesNothing()
    {
        _directory.Announce(Next);
        Assert.Equal(4, _directory.Announce(Leaving));
        Assert.Equal(Next, _directory.Leader);
        Assert.Equal(0, _leavings);
    }
}
