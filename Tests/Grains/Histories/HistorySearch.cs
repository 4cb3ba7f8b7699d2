using System.Globalization;
using CsCheck;
using MetaCollector.Tests.Oracle;

namespace MetaCollector.Tests.Grains.Histories;

/// <summary>Makes random histories, plays them, and shows the shortest that fails.</summary>
internal static class HistorySearch
{
    /// <summary>The environment variable with the number of histories that each property is to be tried with.</summary>
    public const string RunsVariable = "METACOLLECTOR_PROPERTY_RUNS";

    private const int Steps = 100;

    /// <summary>How many histories each property is tried with.</summary>
    public static int Runs { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(RunsVariable), CultureInfo.InvariantCulture, out var runs) ? runs : 200;

    /// <summary>Tries <paramref name="play"/> with random histories of these verbs.</summary>
    /// <exception cref="PromiseBrokenException">One failed; the message is the shortest such history that was found.</exception>
    public static void Check(Action<IReadOnlyList<ClusterStep>> play, params Verb[] verbs)
    {
        ClusterStep[]? failed = null;
        try
        {
            Gen(verbs).Sample(
                steps =>
                {
                    if (Failure(play, steps) is not { } failure) return;
                    Interlocked.CompareExchange(ref failed, steps, null);
                    throw failure;
                },
                iter: Runs, threads: 2);
        }
        catch (CsCheckException) when (failed is not null)
        {
            var shortest = Shrink(failed, steps => Failure(play, steps) is not null);
            throw new PromiseBrokenException($"{Failure(play, shortest)?.Message}\nafter:\n{string.Join('\n', shortest)}");
        }
    }

    /// <summary>Whether one of some fixed histories fails.</summary>
    public static bool IsCaught(Action<IReadOnlyList<ClusterStep>> play, int histories, params Verb[] verbs) =>
        Enumerable.Range(0, histories).Any(number => Failure(play, Numbered(number, verbs)) is PromiseBrokenException);

    /// <summary>Leaves out what can be left out: first long stretches, then single steps.</summary>
    private static ClusterStep[] Shrink(ClusterStep[] steps, Func<ClusterStep[], bool> fails)
    {
        for (var length = steps.Length / 2; length > 0;)
        {
            var shorter = Enumerable.Range(0, steps.Length - length + 1)
                .Select(start => (ClusterStep[])[.. steps[..start], .. steps[(start + length)..]]).FirstOrDefault(fails);
            if (shorter is null) length /= 2;
            else (steps, length) = (shorter, Math.Min(length, Math.Max(1, shorter.Length / 2)));
        }

        return steps;
    }

    private static Exception? Failure(Action<IReadOnlyList<ClusterStep>> play, IReadOnlyList<ClusterStep> steps)
    {
        try
        {
            play(steps);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static Gen<ClusterStep[]> Gen(Verb[] verbs) => CsCheck.Gen.Select(
        CsCheck.Gen.Int[0, verbs.Length - 1], CsCheck.Gen.Byte, CsCheck.Gen.Byte, CsCheck.Gen.Byte,
        (verb, a, b, c) => new ClusterStep(verbs[verb], a, b, c)).Array[Steps];

    private static ClusterStep[] Numbered(int number, Verb[] verbs)
    {
        var random = new Random(number);
        return [.. Enumerable.Range(0, Steps).Select(_ => new ClusterStep(
            verbs[random.Next(verbs.Length)], (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)))];
    }
}
