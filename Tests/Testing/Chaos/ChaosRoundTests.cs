using MetaCollector.Testing.Chaos;
using MetaCollector.Testing.Oracle;
using Xunit;

namespace MetaCollector.Tests.Testing.Chaos;

/// <summary>A round of disturbance is not clean when it takes too long.</summary>
public sealed class ChaosRoundTests
{
    [Theory]
    [InlineData(nameof(Disturbance.KillLeader), 7, 7, true)]
    [InlineData(nameof(Disturbance.KillLeader), 9, 1, false)]
    [InlineData(nameof(Disturbance.KillOther), 1, 9, false)]
    [InlineData(nameof(Disturbance.FreezeOther), 1, 12, true)]
    [InlineData(nameof(Disturbance.FreezeLeader), 9, 1, false)]
    [InlineData(nameof(Disturbance.KillAll), 0, 19, true)]
    [InlineData(nameof(Disturbance.KillAll), 0, 21, false)]
    [InlineData(nameof(Disturbance.KillLeaderAndOther), 0, 24, true)]
    [InlineData(nameof(Disturbance.KillLeaderAndOther), 0, 26, false)]
    [InlineData(nameof(Disturbance.CutOtherFromOthers), 9, 13, true)]
    [InlineData(nameof(Disturbance.CutOtherFromOthers), 9, 35, false)]
    [InlineData(nameof(Disturbance.LoseApiServer), 40, 0, true)]
    [InlineData(nameof(Disturbance.KillOther), -1, 1, false)]
    public void Round_ThatTookSoLong(string disturbance, int longest, int moved, bool isClean)
    {
        var round = new ChaosRound
        {
            Disturbance = Enum.Parse<Disturbance>(disturbance),
            Longest = TimeSpan.FromSeconds(longest),
            Moved = TimeSpan.FromSeconds(moved),
            DeclaredDead = null,
            NewLeader = null,
            Streams = 1,
            Lists = 0,
            Watches = (1, 1),
            Deviations = new Deviations(),
            Broken = [],
            Faults = [],
        };

        Assert.Equal(isClean, round.IsClean);
    }
}
