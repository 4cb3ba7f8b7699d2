using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Numerics;

namespace MetaCollector.Silo.Metrics;

/// <summary>
/// Listens to the meters of this process, and writes them in Prometheus' text format. Existing exporters add <c>_total</c> to each counter or put the meter
/// before the name, which would break k8s-metacollector's names. Thread-safe.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly double[] DefaultBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Lock _scraping = new();

    private readonly bool _hasControllerNames;
    private readonly Family _dropped;

    /// <summary>Begins to listen.</summary>
    /// <param name="hasControllerNames">Whether to serve the feed's metrics under the names of controllers too.</param>
    public PrometheusExporter(bool hasControllerNames)
    {
        _hasControllerNames = hasControllerNames;
        _dropped = new Family("meta_collector_metrics_dropped_total",
            "Measurements that were dropped, since their metric has as many series as one may have.", FamilyType.Counter, []);
        _families[_dropped.Name] = _dropped;
        _dropped.Add(0, [], isObserved: false);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (MetricNames.IsExported(instrument)) listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        Listen<byte>();
        Listen<short>();
        Listen<int>();
        Listen<long>();
        Listen<float>();
        Listen<double>();
        Listen<decimal>();
        _listener.Start();
    }

    /// <summary>Called once for each metric that has too many series.</summary>
    public Action<string>? Full { get; set; }

    public string Scrape()
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        lock (_scraping)
        {
            foreach (var family in _families.Values) family.ForgetObserved();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // The scrape goes on without an instrument that throws.
            }

            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)) Write(family, output);
        }

        return output.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Listen<T>() where T : struct, INumber<T> => _listener.SetMeasurementEventCallback<T>((instrument, value, tags, state) =>
    {
        var (family, kept) = ((Family, string[]?))state!;
        Record(family, double.CreateTruncating(value), kept, tags, instrument.IsObservable);
    });

    private void Write(Family family, StringWriter output)
    {
        family.Write(output, family.Name, "");
        if (_hasControllerNames && MetricNames.ControllerNameOf(family.Name) is var (name, label)) family.Write(output, name, label);
    }

    private void Record(
        Family family, double value, string[]? kept, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isObserved)
    {
        if (kept is null || tags.IsEmpty)
        {
            Add(family, value, tags, isObserved);
            return;
        }

        var fewer = new KeyValuePair<string, object?>[Math.Min(tags.Length, kept.Length)];
        var count = 0;
        foreach (var tag in tags)
            if (count < fewer.Length && Array.IndexOf(kept, tag.Key) >= 0) fewer[count++] = tag;
        Add(family, value, fewer.AsSpan(0, count), isObserved);
    }

    private void Add(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isObserved)
    {
        if (family.Add(value, tags, isObserved)) return;
        _dropped.Add(1, [], isObserved: false);
        if (family.IsFirstDrop()) Full?.Invoke(family.Name);
    }

    private (Family, string[]?) FamilyOf(Instrument instrument)
    {
        var generic = instrument.GetType().GetGenericTypeDefinition();
        var type = generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? FamilyType.Counter
            : generic == typeof(Histogram<>) ? FamilyType.Histogram
            : FamilyType.Gauge;
        var bounds = type == FamilyType.Histogram ? Bounds(instrument) : [];
        var name = MetricNames.NameOf(instrument, type);
        var help = string.IsNullOrEmpty(instrument.Description) ? $"{instrument.Name} of {instrument.Meter.Name}." : instrument.Description;
        return (_families.GetOrAdd(name, _ => new Family(name, help, type, bounds)), MetricNames.TagsOf(instrument));
    }

    private static double[] Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<float> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => instrument.Unit == "ms" ? [.. DefaultBounds.Select(bound => bound * 1000)] : DefaultBounds,
    };
}
