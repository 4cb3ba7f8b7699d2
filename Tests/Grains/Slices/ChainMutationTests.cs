using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Grains.Histories;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>Breaks one rule of the conversation at a time, and sees it noticed: otherwise <see cref="ChainPropertyTests"/> would prove nothing.</summary>
public sealed class ChainMutationTests
{
    private const int Histories = 2000;

    public static TheoryData<string> Mutations => [.. Mutants.Keys];

    private static Dictionary<string, Func<Rules>> Mutants { get; } = new()
    {
        ["what nobody answered to is forgotten"] = () => new ForgetsMarks(),
        ["the previous position is not checked"] = () => new TakesAnyPrevious(),
        ["a snapshot does not remove"] = () => new AddsSnapshots(),
        ["a part is applied before the last is there"] = () => new TakesPartsForBatches(),
        ["parts of two sendings are put together"] = () => new MixesSendings(),
        ["the last change of a batch is dropped"] = () => new DropsTheLast(),
        ["a late batch is taken for new"] = () => new TakesLateForNew(),
        ["a change that has no owner is not told"] = () => new MarksOwnedOnly(),
        ["what a complete node does not hold is taken for gone"] = () => new DropsUnheldNamespaces(),
        ["silence about a kind that is refused is taken for a deletion"] = () => new TakesSilenceForDeletion(),
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Property_BrokenRule_Notices(string mutation) =>
        Assert.True(HistorySearch.IsCaught(Play(mutation), Histories, Chain.Verbs) || HistorySearch.IsCaught(Play(mutation), Histories, Chain.Trouble)
            || HistorySearch.IsCaught(Play(mutation), Histories, Chain.Refusals));

    [Fact]
    public void Property_NoBrokenRule_NoticesNothing() =>
        Assert.False(HistorySearch.IsCaught(steps => new Chain(new Rules()).Play(steps), Histories / 40, Chain.Verbs));

    private static Action<IReadOnlyList<ClusterStep>> Play(string mutation) => steps => new Chain(Mutants[mutation]()).Play(steps);

    private sealed class ForgetsMarks : Rules
    {
        public override bool Forgets => true;
    }

    private sealed class DropsUnheldNamespaces : Rules
    {
        public override bool DropsUnheld => true;
    }

    private sealed class TakesSilenceForDeletion : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch with { Unknown = default };
    }

    private sealed class TakesAnyPrevious : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch with { Previous = held };
    }

    private sealed class AddsSnapshots : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) =>
            batch.IsSnapshot ? batch with { IsSnapshot = false, Previous = held } : batch;
    }

    private sealed class TakesPartsForBatches : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch with { Part = 0, IsLast = true };
    }

    private sealed class MixesSendings : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch with { Sending = 0 };
    }

    private sealed class DropsTheLast : Rules
    {
        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch with { Changes = batch.Changes.Length > 1 ? batch.Changes[..^1] : batch.Changes };
    }

    private sealed class TakesLateForNew : Rules
    {
        private Position _newest;

        public override Batch<T> OnArrival<T>(Batch<T> batch, Position held)
        {
            if (batch.Position > _newest) _newest = batch.Position;
            return batch with { Position = _newest };
        }
    }

    private sealed class MarksOwnedOnly : Rules
    {
        public override bool IsMarked(ResourceChange change) => change.Resource is { Controller: not null };
    }
}
