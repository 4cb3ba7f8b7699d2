using System.Collections.Immutable;

namespace MetaCollector.Simulator.Storage;

/// <summary>
/// What one server reads watches from, and lists that may be stale. It follows the store at once, unless it is held: then it stands
/// still, while consistent reads and writes go to the store. Safe from any thread.
/// </summary>
internal sealed class ReadCache(ObjectStore store)
{
    private readonly Lock _gate = new();
    private volatile HeldState? _held;

    public ObjectStore Store { get; } = store;

    /// <summary>Where it stands still; null while it follows.</summary>
    public HeldState? Held => _held;

    /// <summary>How far it has come.</summary>
    public long Revision => _held?.State.Revision ?? Store.Revision;

    /// <summary>Stands still from now on, at the present state.</summary>
    public void Hold() => Replace(new HeldState(Store.Snapshot()));

    /// <summary>Follows the store again.</summary>
    public void Release() => Replace(null);

    /// <summary>The objects of a resource, with their revision and the place in the log that comes after them. Only inside the store's <see cref="ObjectStore.Write{T}"/>.</summary>
    public (long Revision, ImmutableSortedDictionary<string, StoredObject> Objects, long Next) Read(ResourceTable table) => _held is { } held
        ? (held.State.Revision, held.State.Objects[table.Type], table.Log.SequenceAfter(held.State.Revision))
        : (Store.Revision, table.Objects, table.Log.Next);

    private void Replace(HeldState? next)
    {
        lock (_gate)
        {
            var last = _held;
            _held = next;
            last?.Leave();
        }
    }

    /// <summary>A state at which a cache stands still.</summary>
    public sealed class HeldState(StoreSnapshot state)
    {
        private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StoreSnapshot State { get; } = state;

        /// <summary>Completes when the cache has left this state.</summary>
        public Task Moved => _moved.Task;

        internal void Leave() => _moved.TrySetResult();
    }
}
