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
    /// <param name="times">How often each disturbance is done, in place of <paramref name="duration"/>; null for no such number.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> RunAsync(
        ChaosShape shape, Disturbance[] disturbances, TimeSpan every, TimeSpan duration, int? times, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux()) return Refuse("chaos needs Linux: signals, and /proc to tell connections apart");
        if (disturbances.Length == 0) disturbances = Enum.GetValues<Disturbance>();
        disturbances = [.. disturbances.Where(disturbance => shape.Replicas >= LeastReplicasFor(disturbance))];
        if (disturbances.Length == 0) return Refuse($"{shape.Replicas} replicas are too few for that");
        await using var cluster = await ChaosCluster.StartAsync(shape, cancellation);
        var run = new ChaosRun(cluster);
        var dice = new Random(shape.Seed);
        var rounds = new List<ChaosRound>();
        var began = Stopwatch.GetTimestamp();
        while (times is { } each ? rounds.Count < each * disturbances.Length : Stopwatch.GetElapsedTime(began) < duration)
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

    private static int LeastReplicasFor(Disturbance disturbance) => disturbance switch
    {
        // Of two replicas each would have the only vote against the other; of three that are cut apart by twos, the third reaches both.
        Disturbance.CutLeaderFromOthers or Disturbance.CutOtherFromOthers or Disturbance.CutTwoApart or Disturbance.KillLeaderAndOther => 3,
        Disturbance.KillOther or Disturbance.StopOther or Disturbance.FreezeOther or Disturbance.CutOtherFromApiServer or Disturbance.Pause => 2,
        _ => 1,
    };

    private static int Refuse(string reason)
    {
        Console.Error.WriteLine(reason);
        return 1;
    }

    private static void Print(TimeSpan at, ChaosRound round)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{at:mm\\:ss} {round.Disturbance,-22} declared dead {Seconds(round.DeclaredDead),7}, new leader {Seconds(round.NewLeader),7}, longest {Seconds(round.Longest),7}, "
            + $"{round.Streams,2} streams moved {Seconds(round.Moved),7}, lists {round.Lists}, watches {round.Watches.Before}/{round.Watches.After}; {round.Deviations}{(round.IsLate ? $"  <- more than {Seconds(round.Limit)}" : round.IsClean ? "" : "  <- wrong")}"));
        foreach (var line in round.Broken.Concat(round.Faults).Take(10)) Console.WriteLine($"      {line}");
    }

    private static void PrintTable(List<ChaosRound> rounds)
    {
        Console.WriteLine("Seconds after the disturbance, median and max: the membership says dead; first event of what changed under a new leader; longest delay of an");
        Console.WriteLine("event on undisturbed replicas; all streams of the disturbed one are told what changed. Then requests to the API server for whole kinds.");
        Console.WriteLine("disturbance             times   declared dead      new leader   longest delay   streams moved   lists  watches before/after");
        foreach (var kind in rounds.GroupBy(round => round.Disturbance).OrderBy(kind => kind.Key))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{kind.Key,-22} {kind.Count(),6} {Spread(kind.Select(round => round.DeclaredDead))} {Spread(kind.Select(round => round.NewLeader))} "
                + $"{Spread(kind.Select(round => (TimeSpan?)round.Longest))} {Spread(kind.Where(round => round.Streams > 0).Select(round => (TimeSpan?)round.Moved))} "
                + $"{kind.Max(round => round.Lists),7} {kind.Max(round => round.Watches.Before),15}/{kind.Max(round => round.Watches.After)}"));
        }
    }

    private static string Spread(IEnumerable<TimeSpan?> times)
    {
        // Sorted by what it means: never is the longest.
        var values = new Percentiles(times.OfType<TimeSpan>().Select(time => time < TimeSpan.Zero ? double.PositiveInfinity : time.TotalSeconds));
        return values.Count == 0 ? $"{"-",7} {"-",7}" : string.Create(CultureInfo.InvariantCulture, $"{values.At(50),7:N2} {values.At(100),7:N2}");
    }

    private static string Seconds(TimeSpan? time) => time switch
    {
        null => "-",
        { } never when never < TimeSpan.Zero => "never",
        { } some => string.Create(CultureInfo.InvariantCulture, $"{some.TotalSeconds:N2} s"),
    };

    private static Report Report(ChaosShape shape, List<ChaosRound> rounds)
    {
        var report = new Report($"chaos: {shape.Replicas} replicas, {shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Churn} changes a second, {rounds.Count} disturbances");
        var totals = new Deviations();
        foreach (var round in rounds) totals.Add(round.Deviations);
        totals.AddFaults(rounds.SelectMany(round => round.Faults));
        report.Add("missing", totals.Missing, "");
        report.Add("extra", totals.Extra, "");
        report.Add("stale", totals.Stale, "");
        report.Add("illegal", totals.Illegal, "");
        report.Add("dangling", totals.Dangling, "");
        report.Add("streams broken on undisturbed replicas, replicas ended or given up", rounds.Sum(round => round.Broken.Count), "");
        return report;
    }
}
