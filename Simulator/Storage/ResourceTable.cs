using System.Collections.Immutable;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Storage;

/// <summary>The objects of one resource, ordered by key, and the history of their changes.</summary>
internal sealed class ResourceTable(ResourceType type, int history)
{
    private readonly Lock _pages = new();
    private readonly LinkedList<(long Revision, StoredObject[] Objects)> _kept = [];

    public ResourceType Type { get; } = type;

    public EventLog Log { get; private set; } = new(history);

    /// <summary>The current objects. Replaced under the store's lock, read by anyone.</summary>
    public ImmutableSortedDictionary<string, StoredObject> Objects { get; set; } =
        ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    /// <summary>Starts a new history, as a restarted server does: old events are gone.</summary>
    public void Restart(long forgotten)
    {
        var old = Log;
        Log = new EventLog(history);
        Log.Compact(forgotten);
        lock (_pages)
        {
            _kept.Clear();
        }

        old.Compact(forgotten);
    }

    /// <summary>Keeps a state for the pages of a list that follow its first one.</summary>
    public void Keep(long revision, StoredObject[] objects)
    {
        lock (_pages)
        {
            _kept.AddFirst((revision, objects));
            if (_kept.Count > 16)
            {
                _kept.RemoveLast();
            }
        }
    }

    /// <summary>A state that was kept; null where it was not or no longer is.</summary>
    public StoredObject[]? Kept(long revision)
    {
        lock (_pages)
        {
            foreach (var (at, objects) in _kept)
            {
                if (at == revision)
                {
                    return objects;
                }
            }

            return null;
        }
    }

    public void ForgetPagesBefore(long revision)
    {
        lock (_pages)
        {
            for (var node = _kept.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Revision < revision)
                {
                    _kept.Remove(node);
                }

                node = next;
            }
        }
    }
}
