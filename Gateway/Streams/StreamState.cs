using System.Diagnostics.CodeAnalysis;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>
/// The uids of which one subscriber was sent another version than the node's content has now (dirty), each with the version that it was sent;
/// of all others it has the current version. Level-triggered: makes an event from that difference when the client can take it, and skips
/// versions in between. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The order of events avoids dangling references. A pod comes after the resources that it refers to. A Delete comes after the events
/// of the pods that no longer refer to the resource. Otherwise the oldest dirty uid comes first. To find the next event, it walks from the
/// oldest dirty uid to a uid that must come before it, until there is none.</para>
/// <para>If the newest version of a sent pod still refers to a removed resource, the Delete does not wait for the pod: grains never send
/// such content, and the pod may never change again.</para>
/// <para>Pods may own pods. The walk remembers its path, so a ring of references ends.</para>
/// <para>A dirty uid was either sent or is related: a subscriber that does not read costs no more than the related resources, and one that
/// has read everything costs nothing.</para>
/// <para>Not sealed: MutationTests override one rule at a time.</para>
/// </remarks>
/// <param name="kinds">The kinds that the subscriber asked for.</param>
internal class StreamState(KindSet kinds)
{
    private readonly DirtySet _dirty = new();
    private readonly HashSet<Uid> _path = [];
    private int _dirtySentPods;

    /// <summary>Whether the stream has begun; nothing is sent before.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>How many uids are dirty: an upper bound of the events that are due.</summary>
    public int Pending => _dirty.Count;

    /// <summary>When the oldest of them became dirty, as a timestamp of the <see cref="TimeProvider"/>; null if there is none.</summary>
    public long? OldestPendingAt => _dirty.Oldest;

    /// <summary>Begins the stream: everything is dirty. Call once.</summary>
    /// <param name="content">What is related to the node.</param>
    /// <param name="timestamp">Now, as a timestamp of the <see cref="TimeProvider"/>.</param>
    public void Start(UidSortedSet<NodeResource> content, long timestamp)
    {
        HasStarted = true;
        _dirty.EnsureCapacity(content.Count);
        foreach (var now in content.Items)
            if (IsWanted(now)) _dirty.Add(now.Uid, new DirtySet.Mark(Sent: null, ArrivedAt: 0, timestamp));
    }

    /// <summary>Notes that a uid changed. Call for every change, before the next <see cref="TryNext"/>.</summary>
    /// <param name="change">The change, from the version of the last change of this uid.</param>
    /// <param name="arrivedAt">When the change arrived from the API server, in milliseconds since 1970, or 0.</param>
    /// <param name="timestamp">Now, as a timestamp of the <see cref="TimeProvider"/>.</param>
    /// <param name="trace">The trace context of the change; null where it is not traced.</param>
    public void Mark(ContentChange change, long arrivedAt, long timestamp, string? trace = null)
    {
        if (!HasStarted) return;
        var (uid, before, now) = change;
        if (!_dirty.TryGet(uid, out var mark))
        {
            var sent = IsWanted(before) ? before : null;
            if (sent is not null || IsWanted(now)) Add(uid, new DirtySet.Mark(sent, arrivedAt, timestamp, trace));
        }
        else if (mark.Sent is null && !IsWanted(now))
        {
            // Added and removed before it was sent.
            Clean(uid);
        }
    }

    /// <summary>The versions that the subscriber has.</summary>
    /// <param name="content">What is related to the node now.</param>
    public IEnumerable<NodeResource> Sent(UidSortedSet<NodeResource> content)
    {
        if (!HasStarted) yield break;
        foreach (var now in content)
            if (IsWanted(now) && !_dirty.TryGet(now.Uid, out _)) yield return now;
        foreach (var (_, mark) in _dirty)
            if (mark.Sent is { } sent) yield return sent;
    }

    /// <summary>Takes the next event; the caller sends it.</summary>
    /// <param name="content">What is related to the node now, of all kinds.</param>
    /// <param name="next">The event.</param>
    /// <returns>False if the subscriber has everything.</returns>
    public bool TryNext(UidSortedSet<NodeResource> content, out StreamEvent next)
    {
        while (_dirty.TryPeek(out var first, out var mark))
        {
            if (!Differs(mark.Sent, Relevant(first, content)))
            {
                Clean(first);
                continue;
            }

            next = Send(FirstOf(first, content), content);
            return true;
        }

        next = default;
        return false;
    }

    /// <summary>Finds a dirty uid that must be sent before <paramref name="uid"/> and is not on the path.</summary>
    protected virtual bool TryFindBefore(Uid uid, UidSortedSet<NodeResource> content, out Uid before) =>
        Relevant(uid, content) is { } now
            ? TryFindMissingReference(now, content, out before)
            : TryFindOutdatedReferrer(uid, content, out before);

    /// <summary>Whether the events of both versions differ.</summary>
    protected virtual bool LooksDifferent(NodeResource sent, NodeResource now) => !sent.LooksLike(now);

    protected virtual bool IsWanted([NotNullWhen(true)] NodeResource? resource) => resource is not null && kinds.Contains(resource.Kind);

    private Uid FirstOf(Uid uid, UidSortedSet<NodeResource> content)
    {
        _path.Clear();
        _path.Add(uid);
        while (TryFindBefore(uid, content, out var before))
        {
            _path.Add(before);
            uid = before;
        }

        return uid;
    }

    private bool TryFindMissingReference(NodeResource pod, UidSortedSet<NodeResource> content, out Uid missing)
    {
        if (pod.References is { } references)
        {
            foreach (var kind in references.Kinds.Span)
            {
                foreach (var uid in kind.Uids.Span)
                {
                    if (!_dirty.TryGet(uid, out var mark) || mark.Sent is not null || Relevant(uid, content) is null || _path.Contains(uid)) continue;
                    missing = uid;
                    return true;
                }
            }
        }

        missing = default;
        return false;
    }

    private bool TryFindOutdatedReferrer(Uid gone, UidSortedSet<NodeResource> content, out Uid referrer)
    {
        if (_dirtySentPods > 0)
        {
            foreach (var (uid, mark) in _dirty)
            {
                if (mark.Sent?.References?.Contains(gone) != true) continue;
                if (Relevant(uid, content)?.References?.Contains(gone) == true || _path.Contains(uid)) continue;
                referrer = uid;
                return true;
            }
        }

        referrer = default;
        return false;
    }

    private bool Differs(NodeResource? sent, NodeResource? now) => sent is null || now is null ? sent != now : LooksDifferent(sent, now);

    private StreamEvent Send(Uid uid, UidSortedSet<NodeResource> content)
    {
        var mark = Clean(uid);
        var now = Relevant(uid, content);
        if (mark.Sent is { } sent && sent.Kind != now?.Kind)
        {
            // A uid should never change its kind; if it does, it is another resource.
            if (now is not null) Add(uid, mark with { Sent = null });
            return new StreamEvent(EventReason.Delete, sent, mark.ArrivedAt, mark.Timestamp, mark.Trace);
        }

        return new StreamEvent(mark.Sent is null ? EventReason.Create : EventReason.Update, now!, mark.ArrivedAt, mark.Timestamp, mark.Trace);
    }

    private void Add(Uid uid, DirtySet.Mark mark)
    {
        _dirty.Add(uid, mark);
        if (mark.Sent?.Kind == ResourceKind.Pod) _dirtySentPods++;
    }

    private DirtySet.Mark Clean(Uid uid)
    {
        if (_dirty.Remove(uid, out var mark) && mark.Sent?.Kind == ResourceKind.Pod) _dirtySentPods--;
        return mark;
    }

    private NodeResource? Relevant(Uid uid, UidSortedSet<NodeResource> content) =>
        content.Find(uid) is { } now && IsWanted(now) ? now : null;
}
