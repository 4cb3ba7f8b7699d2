using System.Diagnostics.CodeAnalysis;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Oracle;
using Xunit;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>Breaks one rule at a time, and sees it noticed: otherwise <see cref="HistoryTests"/> would prove nothing.</summary>
public sealed class MutationTests
{
    private const int Histories = 2000;

    public static TheoryData<string> Mutations => [.. Mutants.Keys];

    private static Dictionary<string, Func<ISubject>> Mutants { get; } = new()
    {
        ["a pod goes before what it refers to"] = () => new PlainSubject(kinds => new PodsFirst(kinds)),
        ["a resource goes before the pods that refer to it"] = () => new PlainSubject(kinds => new DeletesAtOnce(kinds)),
        ["a change that nobody sees is an Update"] = () => new PlainSubject(kinds => new UpdatesAlways(kinds)),
        ["a change of references alone is none"] = () => new PlainSubject(kinds => new BlindToReferences(kinds)),
        ["kinds that nobody asked for are sent"] = () => new PlainSubject(kinds => new SendsAllKinds(kinds)),
        ["a snapshot does not remove"] = () => new KeepsUnmentioned(),
        ["nobody is told of a removal"] = () => new SilentAbout(change => change.After is null),
        ["nobody is told of the second change"] = () => new SilentAbout(change => change is { Before: not null, After: not null }),
        ["a pod's removal is not told"] = () => new SilentAbout(change => change is { After: null, Before.Kind: ResourceKind.Pod }),
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Checker_BrokenRule_Notices(string mutation)
    {
        var histories = Enumerable.Range(0, Histories).Select(StreamHistory.Numbered);
        Assert.Contains(histories, steps => Breaks(Mutants[mutation](), steps));
    }

    private static bool Breaks(ISubject subject, StreamStep[] steps)
    {
        try
        {
            StreamHistory.Play(subject, steps);
            return false;
        }
        catch (PromiseBrokenException)
        {
            return true;
        }
    }

    private sealed class PodsFirst(KindSet kinds) : StreamState(kinds)
    {
        protected override bool TryFindBefore(Uid uid, UidSortedSet<NodeResource> content, out Uid before)
        {
            before = default;
            return content.Find(uid) is null && base.TryFindBefore(uid, content, out before);
        }
    }

    private sealed class DeletesAtOnce(KindSet kinds) : StreamState(kinds)
    {
        protected override bool TryFindBefore(Uid uid, UidSortedSet<NodeResource> content, out Uid before)
        {
            before = default;
            return content.Find(uid) is not null && base.TryFindBefore(uid, content, out before);
        }
    }

    private sealed class UpdatesAlways(KindSet kinds) : StreamState(kinds)
    {
        protected override bool LooksDifferent(NodeResource sent, NodeResource now) => true;
    }

    private sealed class BlindToReferences(KindSet kinds) : StreamState(kinds)
    {
        protected override bool LooksDifferent(NodeResource sent, NodeResource now) => !sent.Resource.LooksLike(now.Resource);
    }

    private sealed class SendsAllKinds(KindSet kinds) : StreamState(kinds)
    {
        protected override bool IsWanted([NotNullWhen(true)] NodeResource? resource) => resource is not null;
    }

    // A snapshot is taken for changes to what is held.
    private sealed class KeepsUnmentioned : PlainSubject
    {
        private readonly Dictionary<string, Position> _held = [];

        public override Receipt Receive(Batch<SliceChange> batch)
        {
            if (batch.IsSnapshot && _held.TryGetValue(batch.Namespace, out var held) && !held.IsNone) batch = batch with { IsSnapshot = false, Previous = held };
            var receipt = base.Receive(batch);
            _held[batch.Namespace] = receipt.Held;
            return receipt;
        }
    }

    private sealed class SilentAbout(Func<ContentChange, bool> condition) : PlainSubject
    {
        protected override void Tell(StreamState stream, ContentChange change)
        {
            if (!condition(change)) base.Tell(stream, change);
        }
    }
}
