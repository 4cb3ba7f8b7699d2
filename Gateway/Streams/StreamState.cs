using System.Diagnostics.CodeAnalysis;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Gateway.Streams;

/// <summary>
/// Which uids differ, for one subscriber, from what is relevant to its node now, and what it was sent of each of them: of any other it was
/// sent what is relevant. Level-triggered: an event is that difference, made when the client can take it; what came and went meanwhile is
/// skipped. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The order keeps the log free of dangling references. Before a pod is written: what it refers to and was not sent yet. Before
/// a Delete: the sent pods that refer to it and no longer should. Otherwise first come, first served. Only one event is wanted at a
/// time, so it is enough to walk from the oldest dirty uid to whatever has to go before it, until nothing has to.</para>
/// <para>A sent pod that still refers to a resource in its newest version, though the resource itself is gone, does not hold up the
/// Delete: the grains never say such a thing, and waiting for them to change their mind could take for ever.</para>
/// <para>Pods may own pods. The path that was walked is remembered, so a circle of references ends where it closes.</para>
/// <para>What is dirty is always either sent or relevant: a subscriber that does not read costs no more than what is related, and one that
/// has read everything costs nothing.</para>
/// <para>Not sealed, so that tests can break one rule at a time and see it noticed.</para>
/// </remarks>
/// <param name="kinds">The kinds that the subscriber asked for.</param>
internal class StreamState(KindSet kinds)
{
    private readonly DirtySet _dirty = new();
    private readonly HashSet<Uid> _path = [];
    private int _dirtySentPods;

    /// <summary>Whether the subscriber was promised everything: before that, nothing is sent.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>How many uids may differ from what is relevant: an upper bound of the events to come.</summary>
    public int Pending => _dirty.Count;

    /// <summary>When the oldest of those was noted, as a timestamp of the <see cref="TimeProvider"/>; null where there is none.</summary>
    public long? OldestPendingAt => _dirty.Oldest;

    /// <summary>Starts: nothing was sent yet. Once.</summary>
    /// <param name="content">What is relevant to the node.</param>
    /// <param name="timestamp">Now, as a timestamp of the <see cref="TimeProvider"/>.</param>
    public void Start(Dictionary<Uid, NodeResource> content, long timestamp)
    {
        HasStarted = true;
        _dirty.EnsureCapacity(content.Count);
        foreach (var (uid, now) in content)
            if (IsWanted(now)) _dirty.Add(uid, new DirtySet.Mark(Sent: null, ArrivedAt: 0, timestamp));
    }

    /// <summary>Notes that a uid changed. Every change has to be noted, and before the next event is asked for.</summary>
    /// <param name="change">The change. It leads from what was noted of this uid before.</param>
    /// <param name="arrivedAt">When the change arrived from the API server, in milliseconds since 1970, or 0.</param>
    /// <param name="timestamp">Now, as a timestamp of the <see cref="TimeProvider"/>.</param>
    /// <param name="trace">The context under which the change is traced; null where it is not.</param>
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
            // It came and went before it could be sent.
            Clean(uid);
        }
    }

    /// <summary>What the subscriber was sent, and does not know to be gone.</summary>
    /// <param name="content">What is relevant to the node now.</param>
    public IEnumerable<NodeResource> Sent(Dictionary<Uid, NodeResource> content)
    {
        if (!HasStarted) yield break;
        foreach (var (uid, now) in content)
            if (IsWanted(now) && !_dirty.TryGet(uid, out _)) yield return now;
        foreach (var uid in _dirty)
            if (_dirty.TryGet(uid, out var mark) && mark.Sent is { } sent) yield return sent;
    }

    /// <summary>The next event, which is then taken for sent.</summary>
    /// <param name="content">What is relevant to the node now, whatever its kind.</param>
    /// <param name="next">The event.</param>
    /// <returns>False where the subscriber holds what is relevant.</returns>
    public bool TryNext(Dictionary<Uid, NodeResource> content, out StreamEvent next)
    {
        while (_dirty.TryPeek(out var first))
        {
            if (!Differs(first, content))
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

    /// <summary>What has to be sent before <paramref name="uid"/>, is not on the path yet, and differs.</summary>
    protected virtual bool TryFindBefore(Uid uid, Dictionary<Uid, NodeResource> content, out Uid before) =>
        Relevant(uid, content) is { } now
            ? TryFindMissingReference(now, content, out before)
            : TryFindOutdatedReferrer(uid, content, out before);

    /// <summary>Whether the subscriber could tell the two apart.</summary>
    protected virtual bool LooksDifferent(NodeResource sent, NodeResource now) => !sent.LooksLike(now);

    /// <summary>Whether the subscriber asked for such a thing.</summary>
    protected virtual bool IsWanted([NotNullWhen(true)] NodeResource? resource) => resource is not null && kinds.Contains(resource.Kind);

    private Uid FirstOf(Uid uid, Dictionary<Uid, NodeResource> content)
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

    private bool TryFindMissingReference(NodeResource pod, Dictionary<Uid, NodeResource> content, out Uid missing)
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

    private bool TryFindOutdatedReferrer(Uid gone, Dictionary<Uid, NodeResource> content, out Uid referrer)
    {
        if (_dirtySentPods > 0)
        {
            for (var at = _dirty.GetEnumerator(); at.MoveNext();)
            {
                if (at.CurrentMark.Sent?.References?.Contains(gone) != true) continue;
                if (Relevant(at.Current, content)?.References?.Contains(gone) == true || _path.Contains(at.Current)) continue;
                referrer = at.Current;
                return true;
            }
        }

        referrer = default;
        return false;
    }

    private bool Differs(Uid uid, Dictionary<Uid, NodeResource> content)
    {
        var now = Relevant(uid, content);
        return _dirty.TryGet(uid, out var mark) && mark.Sent is { } sent ? now is null || LooksDifferent(sent, now) : now is not null;
    }

    private StreamEvent Send(Uid uid, Dictionary<Uid, NodeResource> content)
    {
        var mark = Clean(uid);
        var now = Relevant(uid, content);
        if (mark.Sent is { } sent && sent.Kind != now?.Kind)
        {
            // A uid that changes its kind is unheard of; if it ever does, it is another resource.
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

    private NodeResource? Relevant(Uid uid, Dictionary<Uid, NodeResource> content) =>
        content.TryGetValue(uid, out var now) && IsWanted(now) ? now : null;
}
