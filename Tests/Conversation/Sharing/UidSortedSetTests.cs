using CsCheck;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sharing;

public sealed class UidSortedSetTests
{
    // Some uids are canonical UUIDs, some any text.
    private static readonly Pod[] Pods = [.. Enumerable.Range(0, 40).Select(i => Objects.Pod($"pod-{i}") with { Uid = i % 2 == 0 ? Things.UidOf("Pod", $"{i}") : Uid.Parse($"pod-{i}") })];

    [Fact]
    public void AnyOperations_BehaveLikeADictionarySortedByUid() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, Pods.Length - 1]).Array[0, 300].Sample(operations =>
        {
            var set = new UidSortedSet<NodeResource>();
            var model = new SortedDictionary<Uid, NodeResource>();
            foreach (var (operation, number) in operations)
            {
                var uid = Pods[number].Uid;
                var held = model.GetValueOrDefault(uid);
                Assert.Same(held, set.Find(uid));
                if (operation == 0)
                {
                    model.Remove(uid);
                    Assert.Same(held, set.Remove(uid));
                }
                else
                {
                    var item = model[uid] = new NodeResource(Pods[number], null);
                    Assert.Same(held, set.Put(item));
                }

                Assert.Equal(model.Values, set, ReferenceEquals);
                Assert.Equal(model.Values, set.Items.ToArray(), ReferenceEquals);
                Assert.Equal(model.Count, set.Count);
            }
        });

    [Fact]
    public void Remove_NearlyAllOfMany_FreesMemory()
    {
        var set = new UidSortedSet<NodeResource>();
        set.EnsureCapacity(1000);
        for (var i = 0; i < 1000; i++) set.Put(Version(i));
        Assert.Equal(1000, set.Capacity);
        for (var i = 0; i < 990; i++) set.Remove(Version(i).Uid);
        Assert.InRange(set.Capacity, 10, 40);
        for (var i = 990; i < 1000; i++) set.Remove(Version(i).Uid);
        Assert.Equal(0, set.Capacity);
    }

    private static NodeResource Version(int number) => new(Objects.Pod($"pod-{number}") with { Uid = Things.UidOf("Pod", $"{number}") }, null);
}
