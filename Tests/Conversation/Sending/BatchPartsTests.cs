using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

public sealed class BatchPartsTests
{
    [Fact]
    public void Split_SmallBatch_IsTheBatchItself()
    {
        var batch = BatchOf(1, 2, 3);
        Assert.Same(batch, Assert.Single(BatchParts.Split(batch, size => size)));
    }

    [Fact]
    public void Split_EmptyBatch_IsTheBatchItself()
    {
        var batch = BatchOf();
        Assert.Same(batch, Assert.Single(BatchParts.Split(batch, size => size)));
    }

    [Fact]
    public void Split_LargeBatch_PartsAreSmallNumberedAndTogetherTheWhole()
    {
        var batch = BatchOf(6, 3, 4, 10, 1, 1, 9);
        var parts = BatchParts.Split(batch, size => size, maxBytes: 10).ToArray();

        Assert.Equal([6, 3, 4, 10, 1, 1, 9], parts.SelectMany(part => part.Changes));
        Assert.All(parts, part => Assert.InRange(part.Changes.Sum(), 1, 10));
        Assert.Equal(Enumerable.Range(0, parts.Length), parts.Select(part => part.Part));
        Assert.Equal([.. Enumerable.Repeat(false, parts.Length - 1), true], parts.Select(part => part.IsLast));
        Assert.All(parts, part => Assert.Equal((batch.Position, batch.Previous), (part.Position, part.Previous)));
    }

    [Fact]
    public void Split_OneChangeOverTheLimit_IsAPartOfItsOwn()
    {
        var parts = BatchParts.Split(BatchOf(1, 99, 1), size => size, maxBytes: 10);
        Assert.Equal([1, 1, 1], parts.Select(part => part.Changes.Length));
    }

    private static Batch<int> BatchOf(params int[] sizes) =>
        new() { Namespace = "shop", Previous = new Position(1, 1), Position = new Position(1, 2), Changes = sizes };
}
