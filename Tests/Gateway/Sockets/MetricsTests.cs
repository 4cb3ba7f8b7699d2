using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using MetaCollector.Gateway.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>Names and labels that the predecessor's dashboards look for, and what is new.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_OneStream_CountWhatHappened()
    {
        await using var host = await GatewayHost.StartAsync();
        using var seen = new Seen(host.Services.GetRequiredService<IMeterFactory>());
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        using (var call = host.Watch("node-a"))
        {
            await call.NextAsync();
            Assert.Equal(1, seen["meta_collector_server_subscribers"]);
            await host.Nodes.PutAsync("node-a", Things.Pod("web", "10.0.0.1"));
            await call.NextAsync();
            await host.Nodes.RemoveAsync("node-a", Things.Pod("web"));
            await call.NextAsync();
        }

        await CallReading.UntilAsync(() => seen["meta_collector_gateway_streams_ended{cause=subscriber gone}"] == 1);
        Assert.Equal(0, seen["meta_collector_server_subscribers"]);
        foreach (var type in new[] { "Create", "Update", "Delete" })
        {
            Assert.Equal(1, seen[$"meta_collector_broker_dispatched_events{{kind=Pod,type={type}}}"]);
            Assert.True(seen[$"meta_collector_broker_queue_adds{{name=blockingChannel,type={type}}}"] >= 1);
        }

        Assert.Equal(3, seen.Records("meta_collector_broker_queue_duration_seconds{name=blockingChannel}"));
        Assert.Equal(2, seen.Records("meta_collector_gateway_event_delay_seconds"));
        Assert.Equal(1, seen.Records("meta_collector_gateway_snapshot_seconds"));
    }

    private sealed class Seen : IDisposable
    {
        private readonly ConcurrentDictionary<string, double> _sums = new();
        private readonly ConcurrentDictionary<string, int> _records = new();
        private readonly MeterListener _listener = new();

        public Seen(IMeterFactory meters)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == GatewayServices.MeterName && ReferenceEquals(instrument.Meter.Scope, meters))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.Start();
        }

        public double this[string name] => _sums.GetValueOrDefault(name);

        public int Records(string name) => _records.GetValueOrDefault(name);

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = string.Join(',', tags.ToArray().Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}")));
            var name = labels.Length == 0 ? instrument.Name : $"{instrument.Name}{{{labels}}}";
            _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
            _records.AddOrUpdate(name, 1, (_, count) => count + 1);
        }
    }
}
