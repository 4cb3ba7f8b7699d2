using MetaCollector.Testing.Fuzzing;
using Xunit;

namespace MetaCollector.Tests.Testing.Fuzzing;

/// <summary>A short run of <c>Benchmarks -- fuzz</c>; each run has a seed of its own, which a failure names.</summary>
public sealed class FuzzTests
{
    private const long MuchMemory = 150L << 20;

    [Fact]
    public async Task Run_EverySortOfSpoiltInput_NothingComesOfIt()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        var seed = Environment.TickCount & 0xffff;
        var result = await FuzzRun.RunAsync(seed, TimeSpan.FromSeconds(2), patience.Token);

        // It is worth something only where the spoilt is sometimes good enough to come far.
        Assert.True(result is { Decoded: > 0, Malformed: > 0, Broken: > 0, SettingsTaken: > 0, SettingsRefused: > 0, PortConnections: > 0 }, $"seed {seed}: {result}");
        Assert.True(result.ResidentAfter - result.ResidentBefore < MuchMemory, $"seed {seed}: {result}");
    }
}
