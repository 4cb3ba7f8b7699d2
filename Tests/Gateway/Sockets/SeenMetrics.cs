using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>What one host measured since then: the gateway's own metrics, and Kestrel's by the label <c>error.type</c> alone.</summary>
internal sealed class SeenMetrics : IDisposable
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly ConcurrentDictionary<string, int> _records = new();
    private readonly MeterListener _listener = new();

    public SeenMetrics(GatewayHost host)
    {
        var meters = host.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name is GatewayServices.MeterName or Kestrel && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of what was measured; <c>name{label=value,label=value}</c>.</summary>
    public double this[string name] => _sums.GetValueOrDefault(name);

    /// <summary>How often it was measured.</summary>
    public int Records(string name) => _records.GetValueOrDefault(name);

    /// <summary>Waits until it was measured.</summary>
    public Task UntilAsync(string name) =>
        Eventually.HoldsAsync(() => Records(name) > 0, $"{name} is measured", () => string.Join(", ", _records.Keys.Order()));

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kept = tags.ToArray().Where(tag => instrument.Meter.Name != Kestrel || tag.Key == "error.type");
        var labels = string.Join(',', kept.Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}")));
        var name = labels.Length == 0 ? instrument.Name : $"{instrument.Name}{{{labels}}}";
        _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        _records.AddOrUpdate(name, 1, (_, count) => count + 1);
    }
}
