using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Informer.Feeding;

/// <summary>The feed, counted as the work queue that it is.</summary>
public sealed class FeedMetricsTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly MeterListener _listener = new();
    private readonly IMeterFactory _meters;

    public FeedMetricsTests()
    {
        _meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == InformerMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, _meters)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task Feed_ObjectThatChangesWhileABatchIsUnderWay_IsDueOnceMoreAndMerged()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fed = new FedNamespaces();
        var term = LeaderTerms.Of(
            1,
            async (batch, watched) =>
            {
                if (!batch.IsSnapshot) await answer.Task;
                return await fed.FeedAsync(batch, watched);
            },
            metrics: new FeedMetrics(_meters, TimeProvider.System));
        var store = new ResourceStore(KindSet.Of(ResourceKind.Pod), TimeProvider.System);
        store.Replace(ResourceKind.Pod, [PodWith("10.0.0.1")]);
        store.BeginTerm(term);
        await term.Synced;

        store.Set(PodWith("10.0.0.2"));
        await Eventually.HoldsAsync(() => _counts["meta_collector_feed_changes"] == 2, "the change is under way");
        store.Set(PodWith("10.0.0.3"));
        store.Set(PodWith("10.0.0.4"));
        answer.SetResult();

        await Eventually.HoldsAsync(() => _counts["meta_collector_feed_batches"] == 3, "a snapshot and two batches have arrived");
        Assert.Equal(3, _counts["meta_collector_feed_due"]);
        Assert.Equal(3, _counts["meta_collector_feed_changes"]);
        Assert.Equal(1, _counts["meta_collector_feed_merges"]);
        Assert.Equal(0, _counts["meta_collector_feed_retries"]);
    }

    private static Pod PodWith(string ip) =>
        new() { Kind = ResourceKind.Pod, Uid = Uid.Parse("2f0e0d0c-0b0a-0908-0706-050403020100"), Namespace = "shop", Name = "web", Node = "node-a", Ip = ip };
}
