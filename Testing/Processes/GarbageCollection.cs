using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace MetaCollector.Testing.Processes;

/// <summary>Has a collector collect all its garbage, so that what is left in its heap is what lives.</summary>
internal static class GarbageCollection
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const string Full = "gc_heap_generation=\"gen2\"";

    // GCHeapCollect: a session that asks for it induces a full collection as it begins, which is how dotnet-gcdump gets one.
    private const long Collect = 0x800000;

    /// <summary>Induces a full collection, and waits until it has been.</summary>
    public static async Task InduceAsync(CollectorProcess collector, CancellationToken cancellation)
    {
        var before = await CountAsync(collector, cancellation);
        using var session = await new DiagnosticsClient(collector.Process.Id).StartEventPipeSessionAsync(
            new EventPipeProvider(Runtime, EventLevel.Informational, Collect), requestRundown: false, token: cancellation);
        var read = session.EventStream.CopyToAsync(Stream.Null, cancellation);
        while (await CountAsync(collector, cancellation) == before) await Task.Delay(100, cancellation);
        await session.StopAsync(cancellation);
        await read;
    }

    private static async Task<double> CountAsync(CollectorProcess collector, CancellationToken cancellation) =>
        MetricsText.Sum(await collector.MetricsAsync(cancellation), "dotnet_gc_collections_total", Full);
}
