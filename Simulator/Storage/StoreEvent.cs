using System.Globalization;

namespace MetaCollector.Simulator.Storage;

/// <summary>What happened to an object.</summary>
internal enum StoreEventType
{
    Added,
    Modified,
    Deleted,
}

/// <summary>One change in the history of a resource.</summary>
/// <param name="Sequence">Its place in that resource's log, without gaps.</param>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object after the change; for a deletion its last state under the deletion's resourceVersion.</param>
/// <param name="Previous">The object before the change; null when it was added.</param>
internal sealed record StoreEvent(long Sequence, StoreEventType Type, StoredObject Object, StoredObject? Previous)
{
    private StoredObject? _departed;

    public long Revision => Object.Revision;

    /// <summary>The state before the change under the change's resourceVersion: what a watcher is told for which the object ceased to match.</summary>
    public StoredObject Departed => Type == StoreEventType.Deleted ? Object : _departed ??= new StoredObject(
        Object.Type,
        Previous!.Document.With(["metadata", "resourceVersion"], Revision.ToString(CultureInfo.InvariantCulture)),
        Revision);
}
