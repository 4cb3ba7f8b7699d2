using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer;

/// <summary>State of the informer of this silo, for probes, metrics and <c>metacollector inspect</c>; one instance per silo. Thread-safe.</summary>
public sealed class InformerStatus
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<ResourceKind, KindStatus> _kinds = [];
    private Func<ResourceKind, int>? _countOf;
    private Func<int>? _pending;
    private Func<int>? _nodes;

    /// <summary>URL of the API server; null until the configuration is read.</summary>
    public Uri? Server { get; internal set; }

    /// <summary>Whether this silo leads.</summary>
    public bool IsLeading => Term != 0;

    /// <summary>The term in which this silo leads; 0 while it does not.</summary>
    public long Term { get => Interlocked.Read(ref field); private set => Interlocked.Exchange(ref field, value); }

    /// <summary>
    /// Whether this silo leads, can read Pods and Namespaces, has every other kind listed or refused, and has fed every namespace once.
    /// </summary>
    public bool IsSynced { get => field && Blindness is null; private set; }

    /// <summary>The kinds that cannot be read now, because the API server refuses or does not serve them.</summary>
    public KindSet Refused
    {
        get { lock (_lock) return KindSet.Of([.. _kinds.Values.Where(kind => kind.State == KindState.Unknown).Select(kind => kind.Kind)]); }
    }

    /// <summary>Why Pods or Namespaces cannot be read now, in one line; null if they can, or have not been tried yet.</summary>
    public string? Blindness
    {
        get
        {
            lock (_lock)
            {
                var refused = _kinds.Values.Where(kind => kind.State == KindState.Unknown && ReadKinds.Essential.Contains(kind.Kind)).ToList();
                return refused.Count == 0
                    ? null
                    : string.Join("; ", refused.Select(kind => $"{ResourceKinds.NameOf(kind.Kind)}s cannot be read: {kind.Reason}"));
            }
        }
    }

    /// <summary>Raised when <see cref="Refused"/> changes. Handlers return quickly and do not throw.</summary>
    internal event Action? RefusedChanged;

    /// <summary>Why the API server cannot be read at all, in one line; null if it can, or this silo does not read.</summary>
    public string? Trouble { get; internal set; }

    /// <summary>Each wanted kind, in the order of their numbers.</summary>
    public IReadOnlyList<KindStatus> Kinds
    {
        get
        {
            lock (_lock) return [.. _kinds.Values.Select(kind => kind with { Objects = _countOf?.Invoke(kind.Kind) ?? 0 })];
        }
    }

    /// <summary>How many namespaces have something due or in flight to their grains.</summary>
    public int PendingNamespaces => _pending?.Invoke() ?? 0;

    /// <summary>How many nodes have pods; 0 on a silo that does not read.</summary>
    public int Nodes => _nodes?.Invoke() ?? 0;

    internal void Watch(KindSet kinds, Func<ResourceKind, int> countOf, Func<int> pending, Func<int> nodes)
    {
        lock (_lock)
        {
            (_countOf, _pending, _nodes) = (countOf, pending, nodes);
            foreach (var kind in kinds.Kinds()) _kinds[kind] = new KindStatus(kind, KindState.Idle, null, 0, null);
        }
    }

    internal void Set(ResourceKind kind, KindState state, string? reason = null)
    {
        KindStatus before;
        lock (_lock)
        {
            before = _kinds[kind];
            // An idle kind forgets the last event: it was of an earlier term.
            _kinds[kind] = before with
            {
                State = state,
                // What failed last stays the reason until the kind is read, or something else fails.
                Reason = reason ?? (state == KindState.Listing && before.State == KindState.Listing ? before.Reason : null),
                LastEvent = state == KindState.Idle ? null : before.LastEvent,
                IsLate = before.IsLate && state != KindState.Idle,
            };
        }

        if ((before.State == KindState.Unknown) != (state == KindState.Unknown)) RefusedChanged?.Invoke();
    }

    internal void Failed(ResourceKind kind, string reason)
    {
        lock (_lock) _kinds[kind] = _kinds[kind] with { Reason = reason };
    }

    internal void Late(ResourceKind kind, bool isLate)
    {
        lock (_lock)
        {
            if (_kinds[kind].IsLate != isLate) _kinds[kind] = _kinds[kind] with { IsLate = isLate };
        }
    }

    internal void Seen(ResourceKind kind, DateTimeOffset at)
    {
        lock (_lock) _kinds[kind] = _kinds[kind] with { LastEvent = at };
    }

    internal void Leads(long term, bool isSynced) => (IsSynced, Term) = (isSynced, term);
}

/// <summary>State of one kind's reader. Immutable.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="State">What the reader does.</param>
/// <param name="Reason">Why it cannot read, in one line; null if it can.</param>
/// <param name="Objects">How many objects are held.</param>
/// <param name="LastEvent">When the last event or bookmark came; null before the first.</param>
public sealed record KindStatus(ResourceKind Kind, KindState State, string? Reason, int Objects, DateTimeOffset? LastEvent)
{
    /// <summary>Whether a list found changes that the watch should have brought, and no watch brought anything since.</summary>
    public bool IsLate { get; init; }
}

/// <summary>What the reader of a kind does.</summary>
public enum KindState
{
    /// <summary>Nothing: this silo does not lead.</summary>
    Idle,

    /// <summary>Listing, or trying to.</summary>
    Listing,

    /// <summary>Listed, and watching or about to resume.</summary>
    Watching,

    /// <summary>Refused (403) or absent (404): the store keeps the objects that it last knew.</summary>
    Unknown,
}
