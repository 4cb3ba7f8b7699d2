using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

public sealed class SliceMessagesTests
{
    // A change that removes is 64 bytes, by the estimate.
    private const int Removal = 64;

    [Fact]
    public void Of_EverythingFits_IsOneMessage()
    {
        var message = Assert.Single(SliceMessages.Of([Slice("a", 2), Slice("b", 1)], 3 * Removal));

        Assert.Equal(["a 0-", "b 0-"], message.Select(Text));
    }

    [Fact]
    public void Of_TooMuchForOne_IsCutBetweenTheSlices() =>
        Assert.Equal(["a 0-, b 0-", "c 0-"], Messages(3 * Removal, Slice("a", 2), Slice("b", 1), Slice("c", 1)));

    [Fact]
    public void Of_SliceThatIsTooLarge_GoesInParts() =>
        Assert.Equal(["a 0-", "b 0", "b 1", "b 2-, c 0-"], Messages(2 * Removal, Slice("a", 1), Slice("b", 5), Slice("c", 1)));

    [Fact]
    public void Of_Parts_BelongToOneSending()
    {
        var parts = SliceMessages.Of([Slice("a", 3)], Removal).SelectMany(message => message).Select(part => part.Batch).ToList();

        Assert.Equal(3, parts.Count);
        Assert.NotEqual(0, parts[0].Sending);
        Assert.Single(parts.Select(part => part.Sending).Distinct());
    }

    private static IEnumerable<string> Messages(int maxBytes, params SlicePart[] taken) =>
        SliceMessages.Of(taken, maxBytes).Select(message => string.Join(", ", message.Select(Text)));

    private static string Text(SlicePart part) => $"{part.Batch.Namespace} {part.Batch.Part}{(part.Batch.IsLast ? "-" : "")}";

    private static SlicePart Slice(string name, int changes) => new(
        new SliceOutgoing(name, new NodeSlice(Pools.Versions)),
        new Batch<SliceChange>
        {
            Namespace = name, Position = new Position(1, 1), IsSnapshot = true,
            Changes = [.. Enumerable.Range(0, changes).Select(_ => new SliceChange(Uid.Parse(Guid.NewGuid().ToString()), null, null))],
        });
}
