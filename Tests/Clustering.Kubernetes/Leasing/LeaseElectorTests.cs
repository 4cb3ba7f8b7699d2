using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

public sealed class LeaseElectorTests : IAsyncLifetime
{
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(15);

    private readonly Election _election = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _election.DisposeAsync();

    [Fact]
    public async Task Acquire_NoLease_CreatesItAndLeadsAtOnce()
    {
        var first = _election.Join();

        await _election.UntilAsync(() => first.Leads is not null, TimeSpan.FromSeconds(1));

        Assert.Equal("silo-0", _election.Lease.Record!.Holder);
        Assert.Equal(first.Leads!.Term, _election.Lease.Record.Transitions);
    }

    [Fact]
    public async Task Acquire_HolderRenews_WaitsAsLongAsItTakes()
    {
        var first = await LeaderAsync();
        var second = _election.Join();

        await _election.PassAsync(TimeSpan.FromMinutes(2));

        Assert.NotNull(first.Leads);
        Assert.Null(second.Leads);
        Assert.Single(first.Won);
    }

    [Fact]
    public async Task Acquire_HolderFrozen_TakesOverOnceTheLeaseHasExpired()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        first.Freeze();

        var waited = await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(25));

        Assert.True(waited > Expiry - TimeSpan.FromSeconds(4), $"after {waited}");
        Assert.True(second.Leads!.Term > first.Won[0]);
        first.Thaw();
        await _election.UntilAsync(() => first.Leads is null, TimeSpan.FromSeconds(5));
        Assert.NotNull(second.Leads);
    }

    [Fact]
    public async Task Acquire_ApiServerAwayForLongerThanTheLease_LeavesItToItsHolder()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        foreach (var candidate in _election.Candidates) candidate.Disturb(int.MaxValue, 0);
        await _election.PassAsync(Expiry * 4);
        Assert.NotNull(second.Elector.Trouble);

        // The candidate is heard first.
        second.Disturb(0, 0);
        await _election.PassAsync(Expiry - TimeSpan.FromSeconds(5));
        Assert.Null(second.Elector.Trouble);
        first.Disturb(0, 0);
        await _election.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(second.Won);
        Assert.Single(first.Won);
    }

    [Fact]
    public async Task Acquire_LooksFailNowAndThenAndHolderFrozen_TakesOverAllTheSame()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        first.Freeze();
        for (var looks = 0; looks < 10; looks++)
        {
            second.Disturb(1, 0);
            await _election.PassAsync(TimeSpan.FromSeconds(4));
        }

        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Acquire_HolderDeclaredDead_TakesOverWithoutWaiting()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        first.Freeze();

        _election.DeclareDead(first);

        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Release_Holder_HandsOverAtTheNextLook()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        _election.Candidates.Remove(first);

        await first.StopAsync();

        Assert.Equal("", _election.Lease.Record!.Holder);
        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(2));
        Assert.True(second.Leads!.Term > first.Won[0]);
    }

    [Fact]
    public async Task Acquire_WallClockOfAnotherDay_ChangesNothing()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        second.ClockError = TimeSpan.FromDays(1);
        await _election.PassAsync(TimeSpan.FromSeconds(20));
        first.ClockError = TimeSpan.FromDays(-3);
        await _election.PassAsync(TimeSpan.FromSeconds(40));

        Assert.NotNull(first.Leads);
        Assert.Empty(second.Won);
    }

    [Fact]
    public async Task Leader_CannotRenewAndNobodyElseCan_GoesOnLeading()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        foreach (var candidate in _election.Candidates) candidate.Disturb(failures: 1_000, lostAnswers: 0);

        await _election.PassAsync(TimeSpan.FromMinutes(5));
        Assert.NotNull(first.Leads);
        foreach (var candidate in _election.Candidates) candidate.Disturb(0, 0);
        await _election.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(_election.Leaders);
        Assert.Equal(first.Won.Concat(second.Won).Order().Distinct().Count(), first.Won.Count + second.Won.Count);
    }

    [Fact]
    public async Task Leader_LeaseDeleted_CreatesItAgainAndGoesOn()
    {
        var first = await LeaderAsync();
        _election.Lease.Delete();

        await _election.UntilAsync(() => _election.Lease.Record is not null, TimeSpan.FromSeconds(4));

        Assert.Equal("silo-0", _election.Lease.Record!.Holder);
        Assert.Equal(first.Leads!.Term, _election.Lease.Record.Transitions);
        Assert.Single(first.Won);
    }

    [Fact]
    public async Task Acquire_LeaseDeletedUnderALiveHolder_LeavesItToTheHolder()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));

        for (var i = 0; i < 5; i++)
        {
            _election.Lease.Delete();
            await _election.PassAsync(TimeSpan.FromSeconds(7));
        }

        Assert.Single(first.Won);
        Assert.Empty(second.Won);
        Assert.Equal(first.Leads!.Term, _election.Lease.Record!.Transitions);
    }

    [Fact]
    public async Task Acquire_LeaseDeletedBeforeItWasSeenButALeaderHeardOf_LeavesItToThatLeader()
    {
        var first = await LeaderAsync();
        _election.Lease.Delete();
        var second = new Candidate(_election.Time, _election.Lease, "silo-1", heard: first.Won[0]);
        _election.Candidates.Add(second);

        await _election.PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(first.Won);
        Assert.Empty(second.Won);
        Assert.Equal(first.Elector.Identity, _election.Lease.Record!.Holder);
    }

    [Theory]
    [InlineData(false, 20)]
    [InlineData(true, 1)]
    public async Task Acquire_LeaseDeletedUnderAFrozenHolder_IsTakenOnceTheHolderIsGivenUp(bool isDeclaredDead, int seconds)
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        first.Freeze();
        _election.Lease.Delete();

        if (isDeclaredDead) _election.DeclareDead(first);

        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(seconds));
        Assert.True(second.Won[0] > first.Won[0]);
    }

    [Theory]
    [InlineData("somebody", 0)]
    [InlineData("", 0)]
    [InlineData("silo-0", -100)]
    [InlineData("silo-0", 100)]
    [InlineData("somebody", -100)]
    [InlineData("silo-0", 2_100_000_000)]
    public async Task Leader_LeaseEditedByHand_PutsItRight(string holder, long difference)
    {
        var first = await LeaderAsync();
        var term = first.Won[0];
        _election.Lease.Edit(record => record with { Holder = holder, Transitions = term + difference });

        await _election.UntilAsync(() => _election.Lease.Record is { Holder: "silo-0" } record && record.Transitions == term, TimeSpan.FromSeconds(4));

        Assert.Equal(term, first.Leads!.Term);
    }

    [Fact]
    public async Task Leader_OneWithANewerTermCameAndWent_IsLost()
    {
        var first = await LeaderAsync();
        _election.Lease.Edit(record => record with { Holder = "", Transitions = record.Transitions + 1, AcquireTime = DateTime.UnixEpoch });

        await _election.UntilAsync(() => first.Won.Count == 2, TimeSpan.FromSeconds(8));

        Assert.Equal(first.Won[0] + 2, first.Won[1]);
    }

    [Fact]
    public async Task Leader_AnotherTookTheLeaseWithTheSameTerm_IsLost()
    {
        var first = await LeaderAsync();
        _election.Lease.Edit(record => record with { Holder = "somebody", AcquireTime = DateTime.UnixEpoch });

        await _election.UntilAsync(() => first.Won.Count == 2, Expiry * 2);

        Assert.Equal(first.Won[0] + 1, first.Won[1]);
    }

    [Fact]
    public async Task Leader_ToldOfANewerTerm_IsLostAndAcquiresAboveIt()
    {
        var first = await LeaderAsync();
        var told = first.Won[0] + 1_000;

        first.Hear(told);

        await _election.UntilAsync(() => first.Won.Count == 2 && first.Leads is not null, TimeSpan.FromSeconds(5));
        Assert.True(first.Won[1] > told);
    }

    [Fact]
    public async Task Leader_ToldOfItsOwnOrAnOlderTerm_GoesOn()
    {
        var first = await LeaderAsync();

        first.Hear(first.Won[0]);
        first.Hear(first.Won[0] - 1);
        await _election.PassAsync(TimeSpan.FromSeconds(5));

        Assert.Single(first.Won);
        Assert.NotNull(first.Leads);
    }

    [Fact]
    public async Task Acquire_AnswerLost_TakesTheLeaseAgainWithANewerTerm()
    {
        var first = _election.Join();
        first.Disturb(failures: 0, lostAnswers: 2);

        await _election.UntilAsync(() => first.Leads is not null, TimeSpan.FromSeconds(10));

        Assert.Equal(_election.Lease.Record!.Transitions, first.Leads!.Term);
    }

    [Fact]
    public async Task Acquire_LeaseDeletedWithItsLeaderGone_NeverRepeatsATerm()
    {
        var first = await LeaderAsync();
        var old = first.Won[0];
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        first.Freeze();
        _election.Lease.Delete();

        // It knows nothing of what was before.
        var second = _election.Join();

        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(5));
        Assert.True(second.Won[0] > old);
    }

    [Fact]
    public async Task Acquire_TransitionsLoweredByHand_StaysAboveWhatItHasSeen()
    {
        var first = await LeaderAsync();
        var second = _election.Join();
        await _election.PassAsync(TimeSpan.FromSeconds(5));
        first.Freeze();
        _election.Lease.Edit(record => record with { Transitions = 3 });

        await _election.UntilAsync(() => second.Leads is not null, TimeSpan.FromSeconds(40));

        Assert.True(second.Won[0] > first.Won[0]);
    }

    private async Task<Candidate> LeaderAsync()
    {
        var candidate = _election.Join();
        await _election.UntilAsync(() => candidate.Leads is not null, TimeSpan.FromSeconds(5));
        return candidate;
    }
}
