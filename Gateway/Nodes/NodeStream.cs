using System.Threading.Channels;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Inspection;

namespace MetaCollector.Gateway.Nodes;

/// <summary>A stream that is attached to a <see cref="NodeView"/>. Thread-safe for one reader.</summary>
internal sealed class NodeStream
{
    private readonly NodeView _view;
    private readonly KindSet _kinds;
    private readonly DateTimeOffset _openedAt;
    private readonly long _openedStamp;

    // Holds a signal or none: several before the pump waits count as one.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    internal NodeStream(NodeView view, KindSet kinds, TimeProvider time)
    {
        (_view, _kinds, _openedAt, _openedStamp) = (view, kinds, time.GetUtcNow(), time.GetTimestamp());
        State = new StreamState(kinds);
    }

    internal NodeView View => _view;

    /// <summary>What was sent and what is to be sent. Guarded by the view's lock.</summary>
    internal StreamState State { get; }

    /// <summary>
    /// Since when its oldest change waits to be sent, or the stream waits to begin, as a timestamp of the <see cref="TimeProvider"/>; null if
    /// neither. Guarded by the view's lock.
    /// </summary>
    internal long? WaitsSince => State.HasStarted ? State.OldestPendingAt : _openedStamp;

    /// <summary>
    /// Since when its subscriber takes nothing, or the stream waits to begin, as a timestamp of the <see cref="TimeProvider"/>; null if neither.
    /// Guarded by the view's lock.
    /// </summary>
    internal long? StandsSince => Progress.BlockedAt is not 0 and var at ? at : State.HasStarted ? null : _openedStamp;

    public StreamProgress Progress { get; } = new();

    /// <summary>Wakes the pump: there may be something to send, or the stream is to end. Never runs the pump itself. Thread-safe.</summary>
    public void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Waits until it is woken; returns at once if it was since the last wait.</summary>
    public ValueTask<bool> WaitAsync() => _signal.Reader.ReadAsync();

    /// <summary>Whether to cache the rendered resource, because other streams need it too.</summary>
    public bool IsShared(NodeResource resource) => resource.Kind != ResourceKind.Pod || _view.StreamCount > 1;

    /// <inheritdoc cref="StreamState.TryNext"/>
    public bool TryNext(out StreamEvent next) => _view.TryNext(this, out next);

    /// <summary>How many events may be due, and whether the stream has begun.</summary>
    public (int Pending, bool HasStarted) Look() => _view.Look(this);

    /// <summary>The stream, for <c>metacollector inspect</c>. Guarded by the view's lock.</summary>
    /// <param name="content">What is related to the node now; null to leave out what the stream was sent.</param>
    /// <param name="time">The clock.</param>
    internal StreamInspection Inspect(UidSortedSet<NodeResource>? content, TimeProvider time) => new()
    {
        Node = _view.Node,
        Peer = Progress.Peer,
        Kinds = _kinds,
        OpenedAt = _openedAt,
        HasStarted = State.HasStarted,
        Written = Progress.Written,
        Pending = State.Pending,
        OldestPending = State.OldestPendingAt is { } at ? time.GetElapsedTime(at) : TimeSpan.Zero,
        BlockedFor = Progress.BlockedAt is not 0 and var blockedAt ? time.GetElapsedTime(blockedAt) : TimeSpan.Zero,
        LastDelay = Progress.LastDelay,
        Sent = content is null ? [] : [.. State.Sent(content).Select(sent => new SentResource(sent.Uid, IsCurrent(sent, content)))],
    };

    private static bool IsCurrent(NodeResource sent, UidSortedSet<NodeResource> content) =>
        content.Find(sent.Uid) is { } now && sent.LooksLike(now);
}
