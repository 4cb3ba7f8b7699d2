using System.Diagnostics;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>Writes one stream: takes each event when the client can take it, renders it, and flushes when nothing more is ready.</summary>
internal sealed class StreamPump(
    NodeStream stream, IEventSink sink, BodyCache bodies, GatewayOptions options, GatewayMetrics metrics, TimeProvider time)
{
    // Large enough to fill packets, small enough to take few events that the client has no room for.
    private const int FlushBytes = 16 * 1024;
    private const int KeptScratch = 16 * 1024;
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly Pacer _pacer = new(options.BurstEvents, options.EventsPerSecond, time);
    private readonly ReadyEvent _ready = new();
    private readonly long _openedAt = time.GetTimestamp();
    private WireBuffer _scratch = new();
    private int _unflushed;
    private bool _snapshotSent;
    private Activity? _traced;
    private string? _tracedAs;

    /// <summary>Whether the stream ended while its client did not read; such a client does not read the status either.</summary>
    public bool LeavesUnread { get; private set; }

    /// <summary>Runs until it throws or is cancelled.</summary>
    /// <exception cref="OperationCanceledException">The stream was ended, or the client went away.</exception>
    /// <exception cref="StreamStuckException">The client did not read for too long.</exception>
    public async Task RunAsync(CancellationToken ended)
    {
        using var wake = ended.UnsafeRegister(static stream => ((NodeStream)stream!).Wake(), stream);
        while (true)
        {
            ended.ThrowIfCancellationRequested();
            if (!_pacer.IsOpen && stream.Look().Pending > 0)
            {
                await FlushAsync(ended);
                metrics.Paced();
                await _pacer.WaitAsync(ended);
            }
            else if (stream.TryNext(out var next))
            {
                await WriteAsync(next, ended);
            }
            else
            {
                await FlushAsync(ended);
                NoteSnapshot();
                await stream.WaitAsync();
            }
        }
    }

    private async ValueTask WriteAsync(StreamEvent next, CancellationToken ended)
    {
        if (next.Trace is not null) BeginTrace(next);
        Render(next);
        await sink.WriteAsync(_ready);
        _pacer.Take();
        stream.Progress.Written++;
        _unflushed += _ready.Size;
        Measure(next);
        if (_unflushed >= FlushBytes) await FlushAsync(ended);
    }

    private void Render(StreamEvent next)
    {
        _ready.Reason = next.Reason;
        if (next.Reason == EventReason.Delete)
        {
            _scratch.Clear();
            EventBody.WriteDelete(_scratch, next.Resource.Uid, next.Resource.Kind);
            _ready.Body = _scratch.Written;
        }
        else if (stream.IsShared(next.Resource))
        {
            _ready.Body = bodies.BodyOf(next.Resource, _scratch);
        }
        else
        {
            _scratch.Clear();
            EventBody.Write(_scratch, next.Resource);
            _ready.Body = _scratch.Written;
        }
    }

    private void Measure(StreamEvent next)
    {
        metrics.Dispatched(next.Resource.Kind, next.Reason);
        metrics.Taken(time.GetElapsedTime(next.MarkedAt));
        if (next.ArrivedAt == 0) return;
        var delay = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(next.ArrivedAt);
        metrics.Delay(delay);
        stream.Progress.Delayed(delay);
    }

    private async ValueTask FlushAsync(CancellationToken ended)
    {
        if (_unflushed == 0) return;
        _unflushed = 0;
        _ready.Body = default;
        if (_scratch.Capacity > KeptScratch) _scratch = new WireBuffer();

        var flush = sink.FlushAsync();
        if (flush.IsCompleted) await flush;
        else await FlushSlowlyAsync(flush, ended);
        _traced?.Dispose();
        _traced = null;
    }

    private async ValueTask FlushSlowlyAsync(ValueTask flush, CancellationToken ended)
    {
        var flushing = flush.AsTask();
        stream.Progress.BlockedAt = time.GetTimestamp();
        try
        {
            var limit = options.StuckStreamLimit == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : options.StuckStreamLimit;
            await flushing.WaitAsync(limit, time, ended);
            stream.Progress.BlockedAt = 0;
        }
        catch (TimeoutException)
        {
            sink.CancelFlush();
            await flushing;
            throw new StreamStuckException();
        }
        catch (OperationCanceledException) when (!flushing.IsCompleted)
        {
            // Gives a slow reader time to get its status.
            await flushing.WaitAsync(Farewell, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            LeavesUnread = !flushing.IsCompleted;
            sink.CancelFlush();
            await flushing;
            throw;
        }
    }

    // A trace ends when its event is flushed; only the first event of a batch is traced.
    private void BeginTrace(StreamEvent next)
    {
        if (ReferenceEquals(next.Trace, _tracedAs)) return;
        _traced?.Dispose();
        _tracedAs = next.Trace;
        _traced = ChangeTrace.Continue("write event", next.Trace)?.SetTag("k8s.node.name", stream.View.Node)
            .SetTag("k8s.resource.kind", ResourceKinds.NameOf(next.Resource.Kind)).SetTag("k8s.namespace.name", next.Resource.Resource.Namespace)
            .SetTag("k8s.resource.name", next.Resource.Resource.Name).SetTag("metacollector.event", next.Reason.ToString());
    }

    private void NoteSnapshot()
    {
        if (_snapshotSent || stream.Look() is not (0, true)) return;
        _snapshotSent = true;
        metrics.SnapshotSent(time.GetElapsedTime(_openedAt));
    }
}
