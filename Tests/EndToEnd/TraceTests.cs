using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>A change is one trace from the watch to the socket, wherever OpenTelemetry's variables say that it is to be sent.</summary>
public sealed class TraceTests
{
    private static readonly string[] Way =
        ["watch event", "feed namespace", "apply to namespace", "tell node", "apply to node", "tell gateway", "apply to view", "write event"];

    [Fact]
    public async Task Change_Sampled_IsOneTraceWithEveryStepUnderTheOneBefore()
    {
        await using var receiver = new OtlpReceiver();
        await using var cluster = await StartAsync(receiver);
        await using var falco = cluster.Subscribe(Troubleshooting.Node);
        await falco.Log.UntilAsync(log => log.Held.Count > 3, "everything");

        cluster.Simulator.Objects.Create(Pod("web-3").In("shop").On(Troubleshooting.Node));
        await falco.Log.UntilAsync(log => log.Held.Values.Any(held => held.Meta.Contains("web-3", StringComparison.Ordinal)), "the new pod");

        await Eventually.HoldsAsync(
            () => receiver.Spans.Where(span => span.Name == "write event").Any(last => WayTo(last, receiver.Spans).SequenceEqual(Way)), "the event's way is traced");
    }

    [Fact]
    public async Task Metrics_AskedFor_AreSentToo()
    {
        await using var receiver = new OtlpReceiver();
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_METRICS_EXPORTER"] = "otlp", ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            },
            null, Troubleshooting.Fill, []);
        await Eventually.HoldsAsync(
            () => receiver.Metrics.IsSupersetOf(["meta_collector_gateway_oldest_pending_seconds", "meta_collector_informer_objects", "dotnet.process.cpu.time"]),
            "metrics of every sort are received", () => string.Join(", ", receiver.Metrics));
    }

    private static Task<EndToEndCluster> StartAsync(OtlpReceiver receiver) => EndToEndCluster.StartSimulatedAsync(
        new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = "always_on", ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        },
        null, Troubleshooting.Fill, []);

    private static List<string> WayTo(ReceivedSpan last, IReadOnlyList<ReceivedSpan> spans)
    {
        var way = new List<string>();
        for (var span = last; span is not null; span = spans.FirstOrDefault(other => other.Id == span.ParentId && other.TraceId == span.TraceId))
            way.Insert(0, span.Name);
        return way;
    }
}
