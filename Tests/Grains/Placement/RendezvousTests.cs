using System.Net;
using MetaCollector.Grains.Placement;
using Xunit;

namespace MetaCollector.Tests.Grains.Placement;

/// <summary>Where grains belong.</summary>
public sealed class RendezvousTests
{
    private const int Grains = 3000;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Silos_ThatComeUpTogether_GetAboutTheSame(int count)
    {
        var shares = All(Silos(count)).Values.CountBy(silo => silo).Select(share => share.Value).ToList();

        Assert.Equal(count, shares.Count);
        // Five standard deviations of chance.
        var (mean, margin) = (Grains / (double)count, 5 * Math.Sqrt(Grains / (double)count));
        Assert.All(shares, share => Assert.InRange(share, mean - margin, mean + margin));
    }

    [Fact]
    public void Silo_ThatIsNew_GetsGrains_AndNoOtherDoes()
    {
        var (before, after) = (All(Silos(3)), All(Silos(4)));

        Assert.All(before.Keys.Where(grain => !before[grain].Equals(after[grain])), grain => Assert.Equal(Silos(4)[3], after[grain]));
        Assert.InRange(before.Keys.Count(grain => !before[grain].Equals(after[grain])), Grains / 5, Grains / 3);
    }

    [Fact]
    public void Choice_DoesNotDependOnTheOrder()
    {
        SiloAddress[] reversed = [.. Silos(5).Reverse()];

        Assert.Equal(All(Silos(5)), All(reversed));
    }

    private static Dictionary<GrainId, SiloAddress> All(SiloAddress[] silos) => Enumerable.Range(0, Grains)
        .Select(number => GrainId.Create("node", $"node-{number}")).ToDictionary(grain => grain, grain => Rendezvous.Choose(grain, silos));

    // As in a cluster: one port, addresses and start times that are close together.
    private static SiloAddress[] Silos(int count) =>
        [.. Enumerable.Range(1, count).Select(number => SiloAddress.New(new IPAddress([10, 244, 0, (byte)number]), 11111, 217820358 + number % 2))];
}
