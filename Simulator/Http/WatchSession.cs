using System.Globalization;
using System.IO.Pipelines;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Selectors;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>
/// One open watch: reads the resource's event log at its own pace, as far as the server's read cache has come. The watch of a client
/// that is slower than the log is long ends without a word, as with the real server; writers never wait for it.
/// </summary>
internal sealed class WatchSession(
    ReadCache cache, ResourceType type, Selection selection, MediaType media, PipeWriter output, RequestRecord request, Action abort) : IOpenWatch
{
    private const int FlushAt = 64 * 1024;
    private readonly ResourceTable _table = cache.Store[type];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FreezePoint _freezePoint = new();
    private volatile bool _expired;
    private int _unflushed;

    public string Resource { get; } = type.Plural;

    /// <summary>Only events and bookmarks after this revision are sent. It may lie in the future: then the watch is silent until it is reached.</summary>
    public long After { get; init; }

    /// <summary>What happens between the objects that stand at the start and the mark that they are complete; null for nothing.</summary>
    public Action? BeforeMark { get; init; }

    public bool Cut()
    {
        try
        {
            abort();
        }
        catch (Exception exception) when (exception is ObjectDisposedException or NullReferenceException)
        {
            // The client left at this very moment, and the server has taken its context back: there is nothing to cut any more.
        }

        End();
        return true;
    }

    public bool End() => _ended.TrySetResult();

    public bool Expire()
    {
        _expired = true;
        return End();
    }

    public bool Freeze() => _freezePoint.Freeze();

    public bool Thaw() => _freezePoint.Thaw();

    /// <summary>Sends the objects that stand at the start.</summary>
    public async Task SendInitialAsync(IEnumerable<StoredObject> objects, CancellationToken cancellation)
    {
        foreach (var one in objects)
        {
            if (selection.Matches(one))
            {
                Send("ADDED"u8, one);
                await FlushIfFullAsync(cancellation);
            }
        }

        BeforeMark?.Invoke();
    }

    /// <summary>Follows the log until the watch ends.</summary>
    /// <param name="next">The first event to send.</param>
    /// <param name="pace">When what is said beside the events.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellation">The client is gone.</param>
    public async Task FollowAsync(long next, WatchPace pace, TimeProvider clock, CancellationToken cancellation)
    {
        var log = _table.Log;
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var over = Task.WhenAny(_ended.Task, Task.Delay(pace.Lifetime, clock, stopped.Token));
        var started = clock.GetTimestamp();
        var marked = pace.MarkAfter is null;
        var tick = Task.Delay(pace.MarkAfter ?? pace.UntilBookmark(TimeSpan.Zero), clock, stopped.Token);
        try
        {
            while (!over.IsCompleted && !cancellation.IsCancellationRequested)
            {
                if (_freezePoint.Frozen is { } frozen)
                {
                    await Task.WhenAny(frozen, over).WaitAsync(cancellation);
                    continue;
                }

                var held = cache.Held;
                var revision = cache.Revision;
                if (log != _table.Log || next < log.Oldest)
                {
                    break;
                }

                if (await SendFromAsync(log, next, revision, over, cancellation) is var sent && sent != next)
                {
                    next = sent;
                    continue;
                }

                if (tick.IsCompleted)
                {
                    Bookmark(revision, initialEventsEnd: !marked);
                    marked = true;
                    tick = Task.Delay(pace.UntilBookmark(clock.GetElapsedTime(started)), clock, stopped.Token);
                }

                await FlushAsync(cancellation);
                await Task.WhenAny(held?.Moved ?? log.WaitFor(next), over, tick).WaitAsync(cancellation);
            }

            if (_expired && !cancellation.IsCancellationRequested)
            {
                SendError(ApiException.Expired("The resourceVersion for the provided watch is too old."));
            }

            await FlushAsync(cancellation);
        }
        finally
        {
            await stopped.CancelAsync();
        }
    }

    public void SendError(ApiException error) => Count(WatchFrames.Write(
        output, media.Format, "ERROR"u8, media.Format == WireFormat.Json ? error.Status.ToUtf8() : Envelope.OfStatus(error.Status)));

    public async Task FlushAsync(CancellationToken cancellation)
    {
        _unflushed = 0;
        await output.FlushAsync(cancellation);
    }

    private async ValueTask<long> SendFromAsync(EventLog log, long next, long revision, Task over, CancellationToken cancellation)
    {
        while (_freezePoint.Frozen is null && !over.IsCompleted && log.Read(next) is { } change && change.Revision <= revision)
        {
            next++;
            if (change.Revision > After)
            {
                Send(change);
            }

            if (_unflushed >= FlushAt)
            {
                await FlushAsync(cancellation);
            }
        }

        return next;
    }

    /// <summary>An object that begins to match is added for this watcher, one that ceases to match is deleted, in its last matching state.</summary>
    private void Send(StoreEvent change)
    {
        var was = change.Previous is { } previous && selection.Matches(previous);
        var holds = change.Type != StoreEventType.Deleted && selection.Matches(change.Object);
        switch (was, holds)
        {
            case (false, true):
                Send("ADDED"u8, change.Object);
                break;
            case (true, true):
                Send("MODIFIED"u8, change.Object);
                break;
            case (true, false):
                Send("DELETED"u8, change.Departed);
                break;
            default:
                break;
        }
    }

    private void Send(ReadOnlySpan<byte> eventType, StoredObject one) =>
        Count(WatchFrames.Write(output, media.Format, eventType, one.Encoded(media)));

    private void Bookmark(long revision, bool initialEventsEnd)
    {
        if (revision <= After && !initialEventsEnd)
        {
            return;
        }

        var metadata = new JsonMap(("resourceVersion", revision.ToString(CultureInfo.InvariantCulture)));
        if (initialEventsEnd)
        {
            metadata = metadata.With("annotations", new JsonMap(("k8s.io/initial-events-end", "true")));
        }

        var mark = new StoredObject(type, new JsonMap(("kind", type.Kind), ("apiVersion", type.ApiVersion), ("metadata", metadata)), revision);
        Send("BOOKMARK"u8, mark);
    }

    private async ValueTask FlushIfFullAsync(CancellationToken cancellation)
    {
        if (_freezePoint.Frozen is { } frozen)
        {
            await frozen.WaitAsync(cancellation);
        }

        if (_unflushed >= FlushAt)
        {
            await FlushAsync(cancellation);
        }
    }

    private void Count(int bytes)
    {
        _unflushed += bytes;
        request.Add(bytes);
    }
}
