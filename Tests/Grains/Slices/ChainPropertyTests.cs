using MetaCollector.Tests.Grains.Histories;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>The way from the leader to the observers of nodes, for random histories.</summary>
public sealed class ChainPropertyTests
{
    [Fact]
    public void Chain_AnyHistory_PositionsNeverLieAndTheEndIsTheOracles() => HistorySearch.Check(steps => new Chain(new Rules()).Play(steps), Chain.Verbs);

    [Fact]
    public void Chain_KindsRefusedAndReadableAgain_DeleteNothingMeanwhileAndTheEndIsTheOracles() =>
        HistorySearch.Check(steps => new Chain(new Rules()).Play(steps), Chain.Refusals);

    [Fact]
    public void Chain_MuchTroubleWithFewChanges_PositionsNeverLieAndTheEndIsTheOracles() =>
        HistorySearch.Check(steps => new Chain(new Rules()).Play(steps), Chain.Trouble);
}
