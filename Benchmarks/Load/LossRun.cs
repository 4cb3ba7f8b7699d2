using System.Diagnostics;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// Changes go on; in the middle a replica is killed, and its subscribers go to the others. Needs as many pods as changes are made, so that each is
/// changed once.
/// </summary>
internal static class LossRun
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs it.</summary>
    /// <param name="victim">Who is killed.</param>
    /// <param name="targets">The replicas.</param>
    /// <param name="crowd">The subscribers.</param>
    /// <param name="change">Makes changes for so long, and says how many.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LossFigures> RunAsync(
        Victim victim, Targets targets, Crowd crowd, Func<TimeSpan, Task<int>> change, CancellationToken cancellation)
    {
        var killed = await targets.FindAsync(victim, cancellation);
        crowd.ForgetChanges();
        var cpu = targets.CpuTime();
        await change(Before);
        cpu = targets.CpuTime() - cpu;

        // What those before the kill still bring is not the loss's.
        await Task.Delay(Settle, cancellation);
        crowd.ForgetChanges();
        var ended = crowd.Broken;
        var survivorsCpu = targets.CpuTime(except: killed);
        var at = Stopwatch.GetTimestamp();
        targets.Kill(killed);
        var changing = change(Before);
        var lost = targets.Addresses[killed];
        var moved = await crowd.ReconnectAsync(lost, [.. targets.Addresses.Where(address => !address.Equals(lost))], cancellation);
        var changes = await changing;
        survivorsCpu = targets.CpuTime(except: killed) - survivorsCpu;
        await Task.WhenAll(moved.Select(one => one.Complete)).WaitAsync(Patience, cancellation);
        await Task.Delay(Settle, cancellation);

        var seen = crowd.Readers.Except(moved).Where(one => !one.Server.Equals(lost)).SelectMany(one => one.Changes).ToArray();
        var seenMoved = moved.SelectMany(one => one.Changes).Where(change => change.Stamp >= at).ToArray();
        return new LossFigures
        {
            Elsewhere = new(seen.Select(change => Between(change.Stamp, change.Seen))),
            Moved = new(seenMoved.Select(change => Between(change.Stamp, change.Seen))),
            CompleteAgain = new(moved.Select(one => Between(at, one.Completed))),
            Untold = changes - seen.Concat(seenMoved).Select(change => change.Stamp).Distinct().Count(),
            Broken = crowd.Readers.Count(one => one.HasEnded && !one.Server.Equals(lost)) - ended,
            Cpu = survivorsCpu,
            CpuBefore = cpu,
        };
    }

    private static double Between(long start, long end) => Stopwatch.GetElapsedTime(start, end).TotalMilliseconds;
}
