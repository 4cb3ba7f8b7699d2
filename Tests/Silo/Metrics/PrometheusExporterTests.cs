using System.Diagnostics.Metrics;
using MetaCollector.Silo.Metrics;
using Xunit;

namespace MetaCollector.Tests.Silo.Metrics;

// An exporter hears every meter of the process: of what drops series, one at a time.
[Collection(nameof(PrometheusExporter))]
public sealed class PrometheusExporterTests : IDisposable
{
    // Collectors in tests beside it are heard too: what has one of the product's names has this tag.
    private static readonly KeyValuePair<string, object?> OfThisTest = new("by", "this test");

    private readonly PrometheusExporter _exporter = new(hasControllerNames: false);
    private readonly Meter _meter = new("MetaCollector.Tests");

    public void Dispose()
    {
        _meter.Dispose();
        _exporter.Dispose();
    }

    [Fact]
    public void Scrape_CounterOfOurs_EndsInTotal()
    {
        var counter = _meter.CreateCounter<long>("meta_collector_test_events", null, "What it counts.");
        counter.Add(2, new("kind", "Pod"), new("type", "Create"));
        counter.Add(3, new("kind", "Pod"), new("type", "Create"));
        counter.Add(1, new("kind", "a\"b\\c\nd"), new("type", "Create"));
        Assert.Contains("""
            # HELP meta_collector_test_events_total What it counts.
            # TYPE meta_collector_test_events_total counter
            meta_collector_test_events_total{kind="Pod",type="Create"} 5
            meta_collector_test_events_total{kind="a\"b\\c\nd",type="Create"} 1

            """.ReplaceLineEndings("\n"), _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_UpDownCounter_IsAGauge()
    {
        var open = _meter.CreateUpDownCounter<int>("meta_collector_test_open");
        open.Add(3);
        open.Add(-1);
        Assert.Contains("# TYPE meta_collector_test_open gauge\nmeta_collector_test_open 2\n", _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_Histogram_HasCumulativeBucketsOfItsAdvice()
    {
        var delay = _meter.CreateHistogram("meta_collector_test_seconds", "s", "", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in (double[])[0.1, 0.5, 7]) delay.Record(value, new KeyValuePair<string, object?>("name", "x"));
        Assert.Contains("""
            meta_collector_test_seconds_bucket{name="x",le="0.1"} 1
            meta_collector_test_seconds_bucket{name="x",le="1"} 2
            meta_collector_test_seconds_bucket{name="x",le="+Inf"} 3
            meta_collector_test_seconds_sum{name="x"} 7.6
            meta_collector_test_seconds_count{name="x"} 3

            """.ReplaceLineEndings("\n"), _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_ObservedSeriesThatIsGone_IsForgotten()
    {
        var name = "first";
        _meter.CreateObservableGauge("meta_collector_test_observed", () => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name)));
        Assert.Contains("meta_collector_test_observed{name=\"first\"} 1", _exporter.Scrape(), StringComparison.Ordinal);
        name = "second";
        var second = _exporter.Scrape();
        Assert.Contains("meta_collector_test_observed{name=\"second\"} 1", second, StringComparison.Ordinal);
        Assert.DoesNotContain("first", second, StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_InstrumentThatThrows_CostsItsOwnSeriesOnly()
    {
        _meter.CreateObservableGauge("meta_collector_test_broken", int () => throw new InvalidOperationException("broken"));
        _meter.CreateObservableGauge("meta_collector_test_sound", () => 1);
        Assert.Contains("meta_collector_test_sound 1", _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scrape_LabelThatNeverRepeats_IsBounded()
    {
        var counter = _meter.CreateCounter<long>("meta_collector_test_unbounded");
        for (var i = 0; i < 5000; i++) counter.Add(1, new KeyValuePair<string, object?>("id", i));
        Assert.Equal(1000, _exporter.Scrape().Split('\n').Count(line => line.StartsWith("meta_collector_test_unbounded_total{", StringComparison.Ordinal)));
    }

    [Fact]
    public void Scrape_SeriesDropped_AreCountedAndToldOfOnce()
    {
        var told = new List<string>();
        _exporter.Full = told.Add;
        Assert.Contains("meta_collector_metrics_dropped_total 0\n", _exporter.Scrape(), StringComparison.Ordinal);
        var counter = _meter.CreateCounter<long>("meta_collector_test_dropped");
        for (var i = 0; i < 1003; i++) counter.Add(1, new KeyValuePair<string, object?>("id", i));
        Assert.Contains("meta_collector_metrics_dropped_total 3\n", _exporter.Scrape(), StringComparison.Ordinal);
        Assert.Equal(["meta_collector_test_dropped_total"], told);
    }

    [Fact]
    public void Scrape_PredecessorsCounter_KeepsItsName()
    {
        _meter.CreateCounter<long>("meta_collector_broker_queue_adds").Add(1, OfThisTest);
        Assert.Contains("meta_collector_broker_queue_adds{by=\"this test\"} 1\n", _exporter.Scrape(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scrape_Feed_BearsControllersNamesWhereAskedFor(bool areAskedFor)
    {
        using var exporter = new PrometheusExporter(areAskedFor);
        _meter.CreateCounter<long>("meta_collector_feed_batches").Add(1, OfThisTest);
        _meter.CreateCounter<long>("meta_collector_feed_due").Add(2, OfThisTest);
        var scraped = exporter.Scrape();
        Assert.Contains("meta_collector_feed_batches_total{by=\"this test\"} 1\n", scraped, StringComparison.Ordinal);
        foreach (var line in (string[])["controller_runtime_reconcile_total{controller=\"feed\",by=\"this test\"} 1\n", "workqueue_adds_total{name=\"feed\",by=\"this test\"} 2\n"])
            Assert.Equal(areAskedFor, scraped.Contains(line, StringComparison.Ordinal));
        Assert.Equal(areAskedFor, scraped.Contains("workqueue_", StringComparison.Ordinal));
    }

    [Fact]
    public void Scrape_ForeignMeter_IsLeftOut()
    {
        using var foreign = new Meter("Somebody.Else");
        foreign.CreateCounter<long>("somebody_else").Add(1);
        Assert.DoesNotContain("somebody_else", _exporter.Scrape(), StringComparison.Ordinal);
    }
}
