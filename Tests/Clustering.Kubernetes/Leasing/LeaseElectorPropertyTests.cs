using CsCheck;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

/// <summary>Many candidates, and everything that may go wrong, in any order.</summary>
public sealed class LeaseElectorPropertyTests
{
    private const int Count = 4;

    private enum Kind
    {
        Pass, Fail, LoseAnswers, Freeze, Thaw, TurnClock, Delete, EditHolder, ClearHolder, DeclareDead, Hear,
    }

    private static readonly Gen<(Kind Kind, int Who, int Amount)[]> Scripts = Gen.Select(
        Gen.Frequency((4, Gen.Const(Kind.Pass)), (7, Gen.Enum<Kind>())), Gen.Int[0, Count - 1], Gen.Int[1, 20]).Array[1, 40];

    [Fact]
    public Task Election_AnythingGoesWrong_NeverRepeatsATermAndEndsWithOneLeader() =>
        Scripts.SampleAsync(RunAsync, iter: 60, threads: 1);

    private static async Task RunAsync((Kind Kind, int Who, int Amount)[] script)
    {
        await using var election = new Election();
        for (var i = 0; i < Count; i++) election.Join(new Random(i));
        var died = false;

        foreach (var (kind, who, amount) in script)
        {
            var candidate = election.Candidates[who];
            switch (kind)
            {
                case Kind.Pass:
                    await election.PassAsync(TimeSpan.FromSeconds(amount));
                    break;
                case Kind.Fail:
                    candidate.Disturb(amount, 0);
                    break;
                case Kind.LoseAnswers:
                    candidate.Disturb(0, amount % 3);
                    break;
                case Kind.Freeze:
                    candidate.Freeze();
                    break;
                case Kind.Thaw:
                    candidate.Thaw();
                    break;
                case Kind.TurnClock:
                    candidate.ClockError = TimeSpan.FromHours(amount - 10);
                    break;
                case Kind.Delete:
                    // Terms outlive a Lease as long as they are won at most once a second.
                    await election.PassAsync(TimeSpan.FromSeconds(Count));
                    election.Lease.Delete();
                    break;
                case Kind.EditHolder:
                    election.Lease.Edit(record => record with { Holder = "somebody" });
                    break;
                case Kind.ClearHolder:
                    election.Lease.Edit(record => record with { Holder = "" });
                    break;
                case Kind.DeclareDead when !died:
                    // It may well be alive: a wrong verdict must do no harm either. More than one would take the Lease from each other for ever.
                    died = true;
                    election.DeclareDead(candidate);
                    break;
                case Kind.Hear when election.Lease.Record is { Term: > 0 } record:
                    candidate.Hear(record.Term);
                    break;
            }
        }

        foreach (var candidate in election.Candidates)
        {
            candidate.Thaw();
            candidate.Disturb(0, 0);
        }

        await election.PassAsync(TimeSpan.FromSeconds(60));

        foreach (var candidate in election.Candidates) Assert.Equal(candidate.Won.Order(), candidate.Won);
        var won = election.Candidates.SelectMany(candidate => candidate.Won).ToArray();
        Assert.True(won.Distinct().Count() == won.Length, string.Join(" / ", election.Candidates.Select(c => string.Join(",", c.Won))) + " " + string.Join(" ", script));
        var leader = Assert.Single(election.Leaders);
        Assert.Equal(won.Max(), leader.Leads!.Term);
        Assert.Equal(leader.Elector.Identity, election.Lease.Record!.Holder);
        Assert.Equal(leader.Leads.Term, election.Lease.Record.Term);
    }
}
