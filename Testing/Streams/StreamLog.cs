using MetaCollector.Gateway.Wire;

namespace MetaCollector.Testing.Streams;

/// <summary>
/// Everything that one stream received, checked as it comes: for each uid Create, Update*, Delete, and so on; no Update without a
/// difference; no pod before what it refers to; nothing of a kind that was not asked for. Thread-safe.
/// </summary>
/// <param name="kinds">
/// The kinds subscribed to that the server watches, Falco's misspelling of ReplicationController included: a reference to any of them must be to
/// something held.
/// </param>
public sealed class StreamLog(params IEnumerable<string> kinds)
{
    // The server answers the misspelling with the kind's right name.
    private readonly HashSet<string> _kinds = [.. kinds.Select(kind => kind == "ReplicaController" ? "ReplicationController" : kind)];
    private readonly Lock _lock = new();
    private readonly List<Event> _events = [];
    private readonly Dictionary<string, Event> _held = [];
    private readonly List<string> _faults = [];
    private int _count;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether every event is kept, or only counted and checked, for runs of hours. Default: kept.</summary>
    public bool KeepsEvents { get; init; } = true;

    /// <summary>
    /// Kinds that the server may be unable to read now: references to their objects are copied from ownerReferences then, whether it knows those
    /// objects or not. Default: none.
    /// </summary>
    public IReadOnlyCollection<string> Unread { get; set; } = [];

    /// <summary>What the subscriber holds now: uid to the last Create or Update.</summary>
    public IReadOnlyDictionary<string, Event> Held
    {
        get { lock (_lock) return new Dictionary<string, Event>(_held); }
    }

    /// <summary>All events so far, in order; none where they are not kept.</summary>
    public IReadOnlyList<Event> Events
    {
        get { lock (_lock) return [.. _events]; }
    }

    /// <summary>Every promise that was broken, in words; empty is good.</summary>
    public IReadOnlyList<string> Faults
    {
        get { lock (_lock) return [.. _faults]; }
    }

    /// <summary>Number of events so far.</summary>
    public int Count
    {
        get { lock (_lock) return _count; }
    }

    /// <summary>Takes the next event.</summary>
    public void Add(Event received)
    {
        ArgumentNullException.ThrowIfNull(received);
        lock (_lock)
        {
            Check(received);
            _count++;
            if (KeepsEvents) _events.Add(received);
            if (received.Reason == "Delete") _held.Remove(received.Uid);
            else _held[received.Uid] = received;
            var changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds for this log; tells what the stream got if it never does.</summary>
    public async Task UntilAsync(Func<StreamLog, bool> condition, string expectation, TimeSpan? atMost = null)
    {
        var deadline = Task.Delay(atMost ?? TimeSpan.FromSeconds(60));
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition(this)) return;
                changed = _changed.Task;
            }

            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"never came true: {expectation}; the stream got:\n{this}");
        }
    }

    /// <summary>The events, a line each.</summary>
    public override string ToString() => string.Join('\n', Events.Select(
        received => $"{received.Reason} {received.Kind} {received.Uid} {received.Meta} {received.Status} {received.Refs}"));

    private void Check(Event received)
    {
        var isHeld = _held.TryGetValue(received.Uid, out var held);
        var isLegal = received.Reason switch
        {
            "Create" => !isHeld,
            "Update" or "Delete" => isHeld,
            _ => false,
        };
        if (!_kinds.Contains(received.Kind)) Fault(received, "illegal: its kind was not asked for");
        if (!isLegal) Fault(received, isHeld ? "illegal: it is held" : "illegal: it is not held");
        if (received.Reason == "Update" && isHeld && SameContent(held!, received)) Fault(received, "an Update without a difference");
        foreach (var (kind, uids) in received.Refs?.Resources ?? [])
        {
            if (!_kinds.Contains(kind) || Unread.Contains(kind)) continue;
            foreach (var uid in uids.List.Where(uid => !_held.ContainsKey(uid))) Fault(received, $"dangling: {kind} {uid} was not sent");
        }

        if (received.Reason != "Delete" || received.Kind == "Pod") return;
        foreach (var pod in _held.Values.Where(pod => RefersTo(pod, received.Uid))) Fault(received, $"dangling: {pod.Uid} refers to it");
    }

    private static bool RefersTo(Event pod, string uid) =>
        pod.Refs is not null && pod.Refs.Resources.Values.Any(uids => uids.List.Contains(uid));

    private static bool SameContent(Event left, Event right) =>
        left.Meta == right.Meta && left.Status == right.Status && Equals(left.Refs, right.Refs);

    private void Fault(Event received, string what) => _faults.Add($"event {_count}: {received.Reason} {received.Kind} {received.Uid}: {what}");
}
