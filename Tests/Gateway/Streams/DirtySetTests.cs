using CsCheck;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

public sealed class DirtySetTests
{
    [Fact]
    public void DirtySet_AnyOperations_IsAListWithoutRepetitions() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 60]).Array[0, 500].Sample(operations =>
        {
            var set = new DirtySet();
            var model = new List<Uid>();
            foreach (var (operation, number) in operations)
            {
                var uid = Things.UidOf("x", $"{number}");
                if (operation == 0)
                {
                    var removed = set.Remove(uid, out var mark);
                    if (removed != model.Remove(uid) || (removed && mark.ArrivedAt != number)) return false;
                }
                else
                {
                    if (set.Add(uid, new DirtySet.Mark(null, number, 0)) == model.Contains(uid)) return false;
                    if (!model.Contains(uid)) model.Add(uid);
                }

                if (set.Count != model.Count || set.TryPeek(out var first, out _) != (model.Count > 0)) return false;
                if (model.Count > 0 && first != model[0]) return false;
            }

            var walked = new List<Uid>();
            foreach (var (uid, _) in set) walked.Add(uid);
            return walked.SequenceEqual(model);
        });

    [Fact]
    public void DirtySet_EmptiedAfterABurst_GivesItsMemoryBack()
    {
        var set = new DirtySet();
        var uids = Enumerable.Range(0, 10_000).Select(number => Things.UidOf("x", $"{number}")).ToArray();
        foreach (var uid in uids) set.Add(uid, default);
        Assert.True(set.Capacity >= uids.Length);
        foreach (var uid in uids) set.Remove(uid, out _);
        Assert.InRange(set.Capacity, 0, 100);
    }
}
