using System.Net;
using Google.Protobuf;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Tests.Support;

/// <summary>A span, as far as a test looks at it.</summary>
internal sealed record ReceivedSpan(string TraceId, string Id, string ParentId, string Name);

/// <summary>Takes spans, and the names of metrics, over OTLP (http/protobuf) on loopback.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<ReceivedSpan> _spans = [];
    private readonly HashSet<string> _metrics = new(StringComparer.Ordinal);
    private readonly Task _receiving;

    public OtlpReceiver()
    {
        Endpoint = new Uri($"http://127.0.0.1:{Ports.Free()}/");
        _listener.Prefixes.Add(Endpoint.ToString());
        _listener.Start();
        _receiving = ReceiveAsync();
    }

    public Uri Endpoint { get; }

    public IReadOnlyList<ReceivedSpan> Spans
    {
        get { lock (_spans) return [.. _spans]; }
    }

    /// <summary>The names of metrics that came.</summary>
    public IReadOnlySet<string> Metrics
    {
        get { lock (_metrics) return _metrics.ToHashSet(StringComparer.Ordinal); }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _receiving;
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (context.Request.Url!.AbsolutePath == "/v1/traces") Take(body.ToArray());
                if (context.Request.Url!.AbsolutePath == "/v1/metrics") TakeMetrics(body.ToArray());
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    // ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span: fields 1, 2 and 2 of opentelemetry/proto/collector/trace/v1.
    private void Take(byte[] request)
    {
        foreach (var span in Fields(request, 1).SelectMany(resource => Fields(resource, 2)).SelectMany(scope => Fields(scope, 2)))
        {
            lock (_spans) _spans.Add(new ReceivedSpan(Hex(span, 1), Hex(span, 2), Hex(span, 4), System.Text.Encoding.UTF8.GetString(Fields(span, 5).Single())));
        }
    }

    // ExportMetricsServiceRequest, ResourceMetrics, ScopeMetrics, Metric: fields 1, 2 and 2 of opentelemetry/proto/collector/metrics/v1.
    private void TakeMetrics(byte[] request)
    {
        foreach (var metric in Fields(request, 1).SelectMany(resource => Fields(resource, 2)).SelectMany(scope => Fields(scope, 2)))
            lock (_metrics) _metrics.Add(System.Text.Encoding.UTF8.GetString(Fields(metric, 1).Single()));
    }

    private static string Hex(byte[] message, int field) => Convert.ToHexString(Fields(message, field).SingleOrDefault() ?? []);

    private static List<byte[]> Fields(byte[] message, int number)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == number && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                found.Add(input.ReadBytes().ToByteArray());
            else input.SkipLastField();
        }

        return found;
    }
}
