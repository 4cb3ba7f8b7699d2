using MetaCollector.Clustering.Kubernetes.Leasing;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Clustering.Kubernetes.Sample;

/// <summary>
/// Does what one silo at a time should do. Two may believe that they lead for a moment: whatever a leader tells others has to carry its term, and they
/// have to refuse an older one than they have seen.
/// </summary>
internal sealed class Leader(LeaseElector elector) : BackgroundService
{
    private static long _highestTerm;

    /// <summary>Where this process keeps the highest term that it has seen anywhere.</summary>
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
