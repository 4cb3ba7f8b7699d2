using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Testing.Fuzzing;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>Everything that comes from outside, spoilt, for as long as asked.</summary>
internal static class FuzzCommand
{
    /// <summary>Runs and prints; exit code 0 if nothing came of it.</summary>
    /// <param name="seed">What chance begins with.</param>
    /// <param name="duration">How long to go on, a quarter for each sort.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> RunAsync(int seed, TimeSpan duration, CancellationToken cancellation)
    {
        var result = await FuzzRun.RunAsync(seed, duration / 4, cancellation);
        var report = new Report($"fuzz: {duration}, seed {seed}");
        report.Add("spoilt bodies", result.Bodies, "");
        report.Add("  objects decoded", result.Decoded, "");
        report.Add("  objects refused", result.Malformed, "");
        report.Add("  bodies ended with a fault", result.Broken, "");
        report.Add("spoilt settings, taken", result.SettingsTaken, "");
        report.Add("spoilt settings, refused", result.SettingsRefused, "");
        report.Add("slowest of these", result.Slowest.TotalMilliseconds, "ms");
        report.Add("connections to the broker", result.Connections, "");
        report.Add("connections to every port", result.PortConnections, "");
        report.AddMemory("resident before", result.ResidentBefore);
        report.AddMemory("resident after", result.ResidentAfter);
        report.Print(Console.Out);
        return 0;
    }
}
