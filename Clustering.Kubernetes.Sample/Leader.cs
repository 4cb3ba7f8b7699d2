using MetaCollector.Clustering.Kubernetes.Leasing;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Clustering.Kubernetes.Sample;

/// <summary>
/// Runs on one silo at a time. For a moment two silos may believe that they lead: so each message of a leader has to carry its term, and a receiver
/// has to refuse a term that is older than the newest that it has seen.
/// </summary>
internal sealed class Leader(LeaseElector elector) : BackgroundService
{
    private static long _highestTerm;

    /// <summary>The highest term that this process has seen: how to read it, and how to raise it.</summary>
    public static (Func<long> Highest, Action<long> Seen) Terms { get; } = (() => Interlocked.Read(ref _highestTerm), See);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var leadership = await elector.AcquireAsync(stoppingToken);
            Console.WriteLine($"leads with term {leadership.Term}");
            using var over = CancellationTokenSource.CreateLinkedTokenSource(leadership.Lost, stoppingToken);
            await Task.Delay(Timeout.Infinite, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Console.WriteLine($"no longer leads with term {leadership.Term}");
            await leadership.ReleaseAsync();
        }
    }

    private static void See(long term)
    {
        for (var seen = Interlocked.Read(ref _highestTerm); term > seen; seen = Interlocked.Read(ref _highestTerm))
            Interlocked.CompareExchange(ref _highestTerm, term, seen);
    }
}
