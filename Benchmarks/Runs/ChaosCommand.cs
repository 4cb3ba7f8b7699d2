using System.Diagnostics;
using System.Globalization;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Testing.Chaos;
using MetaCollector.Testing.Oracle;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// Several replicas against the simulator, one disturbance after another; after each, every subscriber is compared with the oracle.
/// Everything shares this machine.
/// </summary>
internal static class ChaosCommand
{
    /// <summary>Runs and prints; exit code 0 if nothing was wrong.</summary>
    /// <param name="shape">How large.</param>
    /// <param name="disturbances">What is done, over and over; everything where empty.</param>
    /// <param name="every">The shortest time between two disturbances.</param>
    /// <param name="duration">How long to go on.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> RunAsync(
        ChaosShape shape, Disturbance[] disturbances, TimeSpan every, TimeSpan duration, CancellationToken cancellation)
    {
        if (disturbances.Length == 0) disturbances = Enum.GetValues<Disturbance>();
        await using var cluster = await ChaosCluster.StartAsync(shape, cancellation);
        var run = new ChaosRun(cluster);
        var dice = new Random(shape.Seed);
        var rounds = new List<ChaosRound>();
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < duration)
        {
            if (rounds.Count % disturbances.Length == 0) dice.Shuffle(disturbances);
            var started = Stopwatch.GetTimestamp();
            var round = await run.RoundAsync(disturbances[rounds.Count % disturbances.Length], cancellation);
            rounds.Add(round);
            Print(Stopwatch.GetElapsedTime(began), round);
            if (every - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero) await Task.Delay(left, cancellation);
        }

        PrintTable(rounds);
        Report(shape, rounds).Print(Console.Out);
        return rounds.TrueForAll(round => round.IsClean) ? 0 : 1;
    }

    private static void Print(TimeSpan at, ChaosRound round)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{at:mm\\:ss} {round.Disturbance,-16} first {Seconds(round.First),6}, longest {Seconds(round.Longest),6}, {round.Streams} streams moved {Seconds(round.Moved),6}, "
            + $"lists {round.Lists}; {round.Deviations}{(round.IsClean ? "" : "  <- wrong")}"));
        foreach (var line in round.Broken.Concat(round.Faults).Take(10)) Console.WriteLine($"      {line}");
    }

    private static void PrintTable(List<ChaosRound> rounds)
    {
        Console.WriteLine("disturbance       times    first event, s    longest delay, s     streams moved, s    lists");
        Console.WriteLine("                          median       max    median       max    median       max      max");
        foreach (var kind in rounds.GroupBy(round => round.Disturbance).OrderBy(kind => kind.Key))
        {
            var moved = kind.Where(round => round.Streams > 0);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind.Key,-16} {kind.Count(),6} {Spread(kind.Select(round => round.First))} {Spread(kind.Select(round => round.Longest))} "
                + $"{Spread(moved.Select(round => round.Moved))} {kind.Max(round => round.Lists),8}"));
        }
    }

    private static string Spread(IEnumerable<TimeSpan> times)
    {
        // Sorted by what it means: never is the longest.
        var values = new Percentiles(times.Select(time => time < TimeSpan.Zero ? double.PositiveInfinity : time.TotalSeconds));
        return values.Count == 0 ? $"{"-",9} {"-",9}" : string.Create(CultureInfo.InvariantCulture, $"{values.At(50),9:N2} {values.At(100),9:N2}");
    }

    private static string Seconds(TimeSpan time) =>
        time < TimeSpan.Zero ? "never" : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:N2} s");

    private static Report Report(ChaosShape shape, List<ChaosRound> rounds)
    {
        var report = new Report($"chaos: {shape.Replicas} replicas, {shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Churn} changes a second, {rounds.Count} disturbances");
        var totals = new Deviations();
        foreach (var round in rounds) totals.Add(round.Deviations);
        totals.Dangling = rounds.Sum(round => round.Faults.Count(fault => fault.Contains("dangling", StringComparison.Ordinal)));
        totals.Illegal = rounds.Sum(round => round.Faults.Count) - totals.Dangling;
        report.Add("missing", totals.Missing, "");
        report.Add("extra", totals.Extra, "");
        report.Add("stale", totals.Stale, "");
        report.Add("illegal", totals.Illegal, "");
        report.Add("dangling", totals.Dangling, "");
        report.Add("streams broken on undisturbed replicas, replicas ended", rounds.Sum(round => round.Broken.Count), "");
        return report;
    }
}
