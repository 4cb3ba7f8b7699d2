using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Informer.Decoding;
using MetaCollector.Testing.Api;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>A watch of all pods that looks at nothing but the stamps of changes: what the API server itself takes of a delay.</summary>
internal sealed class BareWatch : IAsyncDisposable
{
    private readonly ConcurrentQueue<(long Stamp, long Seen)> _changes = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <summary>Begins.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="from">The resourceVersion after which it begins.</param>
    public BareWatch(ApiClient api, long from) => _running = ReadAsync(api, from);

    /// <summary>From a change to its event, in milliseconds.</summary>
    /// <param name="from">The first stamp that counts.</param>
    /// <param name="madeAt">When the change with this stamp had been made.</param>
    public Percentiles Delays(long from, Func<long, long> madeAt) => new(
        _changes.Where(change => change.Stamp >= from).Select(change => Stopwatch.GetElapsedTime(madeAt(change.Stamp), change.Seen).TotalMilliseconds));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task ReadAsync(ApiClient api, long from)
    {
        try
        {
            // As the collector asks, so that the server has one encoding for both.
            using var answer = await api.OpenAsync("Pod", $"?watch=true&resourceVersion={from}", "application/vnd.kubernetes.protobuf;stream=watch");
            var frames = new WatchFrames(PipeReader.Create(await answer.Content.ReadAsStreamAsync(_stop.Token)));
            while (await frames.NextAsync(_stop.Token) is { } frame)
            {
                var now = Stopwatch.GetTimestamp();
                if (StampOf(frame.IsSingleSegment ? frame.FirstSpan : frame.ToArray()) is { } stamp) _changes.Enqueue((stamp, now));
            }
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }

    // The label's entry in protobuf: key, and value behind its tag and length.
    private static long? StampOf(ReadOnlySpan<byte> frame)
    {
        var key = "\n\u000achanged-at\u0012"u8;
        var start = frame.IndexOf(key);
        return start >= 0 && Utf8Parser.TryParse(frame[(start + key.Length + 1)..], out long stamp, out _) ? stamp : null;
    }
}
