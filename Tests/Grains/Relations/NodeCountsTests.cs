using CsCheck;
using MetaCollector.Grains.Relations;
using Xunit;

namespace MetaCollector.Tests.Grains.Relations;

public sealed class NodeCountsTests
{
    [Fact]
    public void AnyPods_AreCountedByNode() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 20]).Array[0, 300].Sample(operations =>
        {
            var counts = new NodeCounts();
            var model = new Dictionary<string, int>();
            foreach (var (adds, number) in operations)
            {
                var node = $"node-{number}";
                var pods = model.GetValueOrDefault(node);
                Assert.Equal(pods > 0, counts.Contains(node));
                if (adds)
                {
                    Assert.Equal(pods == 0, counts.Add(node));
                    model[node] = pods + 1;
                }
                else if (pods > 0)
                {
                    Assert.Equal(pods == 1, counts.Remove(node));
                    if (pods == 1) model.Remove(node);
                    else model[node] = pods - 1;
                }

                Assert.Equal(model.Keys.Order(StringComparer.Ordinal), counts.Nodes);
            }
        });
}
