using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>Real processes whose wall clocks are wrong.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replica_KilledAndStartedAgainWithItsClockSetBack_Joins(bool isBesideAnother)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        var library = WallClock.Find();
        Assert.SkipWhen(library is null, $"needs libfaketime, in Debian the package faketime: {WallClock.Pattern}");
        using var clock = new WallClock(library!);
        await using var replicas = await Replicas.CreateAsync();
        var other = isBesideAnother ? replicas.Start() : null;
        if (other is not null) await Eventually.HoldsAsync(() => replicas.IsReadyAsync(other), "the other is ready");
        var first = replicas.Start();
        await Eventually.HoldsAsync(() => replicas.IsReadyAsync(first), "it is ready");

        first.Process.Signal(Signals.Kill);
        await first.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        clock.Set(hours: -2);
        var second = replicas.Restart(first, clock.Environment);

        await Eventually.HoldsAsync(() => replicas.IsReadyAsync(second), "it is ready again", () => second.Process.Tail);
        Assert.Equal(["Active", "Dead"], replicas.StatusesOf(second).Order());
    }
}
