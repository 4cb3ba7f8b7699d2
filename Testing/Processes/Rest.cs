using System.Globalization;

namespace MetaCollector.Testing.Processes;

/// <summary>What a collector takes and does while nothing changes.</summary>
/// <param name="Heap">What lives in the managed heap, in bytes.</param>
/// <param name="Resident">Resident memory, in bytes.</param>
/// <param name="Files">Open file descriptors.</param>
/// <param name="Threads">Threads.</param>
/// <param name="NodeGrains">Activations for nodes.</param>
/// <param name="NamespaceGrains">Activations for namespaces.</param>
/// <param name="Batches">Batches that its grains received, in ten seconds.</param>
internal sealed record Rest(double Heap, double Resident, double Files, double Threads, double NodeGrains, double NamespaceGrains, double Batches)
{
    private const double Mebibyte = 1024 * 1024;

    /// <summary>How long batches are counted.</summary>
    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Has it collect its garbage, and looks on for a <see cref="Window"/>. Nothing may change meanwhile.</summary>
    public static async Task<Rest> MeasureAsync(CollectorProcess collector, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(collector);
        await GarbageCollection.InduceAsync(collector, cancellation);
        var before = Sum(await collector.MetricsAsync(cancellation));
        await Task.Delay(Window, cancellation);
        var metrics = await collector.MetricsAsync(cancellation);
        return new Rest(
            MetricsText.Sum(metrics, "dotnet_gc_last_collection_heap_size_bytes"), collector.Process.Resident(), collector.Process.OpenFiles(), collector.Process.Threads(),
            Grains(metrics, "node"), Grains(metrics, "resources"), (Sum(metrics) - before) * (TimeSpan.FromSeconds(10) / Window));

        static double Sum(string metrics) => MetricsText.Sum(metrics, "meta_collector_grains_batches_total");
        static double Grains(string metrics, string grain) => MetricsText.Sum(metrics, "meta_collector_grains_active", $"grain=\"{grain}\"");
    }

    /// <summary>
    /// What has grown from the first times of rest to the last ones beyond what chance does, a line each; empty is good. Of a quarter at
    /// each end the most at first is compared with the least at last, so that a single sample says nothing.
    /// </summary>
    public static IReadOnlyList<string> Growth(IReadOnlyList<Rest> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        if (times.Count < 2) return [];
        var some = Math.Max(1, times.Count / 4);
        var (first, last) = (times.Take(some).ToList(), times.TakeLast(some).ToList());
        List<string> found = [];
        Check("managed heap, MiB", rest => rest.Heap / Mebibyte, share: 0.15, more: 8);
        Check("resident, MiB", rest => rest.Resident / Mebibyte, share: 0.10, more: 16);
        Check("open files", rest => rest.Files, share: 0, more: 16);
        Check("threads", rest => rest.Threads, share: 0, more: 8);
        Check("activations for nodes", rest => rest.NodeGrains, share: 0, more: 0);
        Check("activations for namespaces", rest => rest.NamespaceGrains, share: 0, more: 0);
        Check("batches in ten seconds", rest => rest.Batches, share: 0.25, more: 10);
        return found;

        void Check(string name, Func<Rest, double> figure, double share, double more)
        {
            var (was, isNow) = (first.Max(figure), last.Min(figure));
            if (isNow > (was * (1 + share)) + more)
                found.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {was:N0} at first, {isNow:N0} at last, and at most {(was * (1 + share)) + more:N0} are allowed"));
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"at rest: heap {Heap / Mebibyte:N0} MiB, resident {Resident / Mebibyte:N0} MiB, {Files} files, {Threads} threads, {NodeGrains} + {NamespaceGrains} activations, {Batches:N0} batches in 10 s");
}
