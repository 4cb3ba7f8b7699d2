using System.Collections.Frozen;
using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Storage;

/// <summary>
/// All objects, under one counter of revisions as in etcd. Writers take turns (<see cref="Write{T}"/>); readers never wait for them.
/// </summary>
internal sealed class ObjectStore
{
    private readonly Lock _gate = new();
    private readonly FrozenDictionary<ResourceType, ResourceTable> _tables;
    private long _revision;
    private long _compacted;

    public ObjectStore(int history, long initialRevision)
    {
        _tables = ResourceTypes.All.ToFrozenDictionary(type => type, type => new ResourceTable(type, history));
        _revision = initialRevision;
        _compacted = initialRevision;
        foreach (var table in _tables.Values)
        {
            table.Log.Compact(initialRevision);
        }
    }

    /// <summary>The newest revision; every event up to it is in its log.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>States before this revision cannot be had any more.</summary>
    public long CompactedRevision => Volatile.Read(ref _compacted);

    public ResourceTable this[ResourceType type] => _tables[type];

    public StoredObject? Find(ResourceType type, string ns, string name) =>
        _tables[type].Objects.GetValueOrDefault(StoredObject.KeyOf(type, ns, name));

    /// <summary>Runs something that reads and writes as one step.</summary>
    public T Write<T>(Func<T> step)
    {
        lock (_gate)
        {
            return step();
        }
    }

    /// <summary>Adds an object. Only inside <see cref="Write{T}"/>.</summary>
    public StoredObject Insert(ResourceType type, JsonMap document)
    {
        var added = Versioned(type, document);
        var table = _tables[type];
        table.Objects = table.Objects.Add(added.Key, added);
        Record(table, StoreEventType.Added, added, null);
        return added;
    }

    /// <summary>Replaces an object. Only inside <see cref="Write{T}"/>.</summary>
    public StoredObject Replace(StoredObject current, JsonMap document)
    {
        var changed = Versioned(current.Type, document);
        var table = _tables[current.Type];
        table.Objects = table.Objects.SetItem(changed.Key, changed);
        Record(table, StoreEventType.Modified, changed, current);
        return changed;
    }

    /// <summary>Removes an object. Only inside <see cref="Write{T}"/>.</summary>
    public StoredObject Remove(StoredObject current)
    {
        var last = Versioned(current.Type, current.Document);
        var table = _tables[current.Type];
        table.Objects = table.Objects.Remove(current.Key);
        Record(table, StoreEventType.Deleted, last, current);
        return last;
    }

    /// <summary>Forgets all history: what was read before has to be read again.</summary>
    public void Compact() => Write(() =>
    {
        Volatile.Write(ref _compacted, _revision);
        foreach (var table in _tables.Values)
        {
            table.Log.Compact(_revision);
            table.ForgetPagesBefore(_revision);
        }

        return true;
    });

    /// <summary>What a restart would find on disk.</summary>
    public StoreSnapshot Snapshot() => Write(() => new StoreSnapshot(_revision, _tables.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.Objects)));

    /// <summary>Goes back (or forth) to a state, without telling anyone: as a server that was restored from a backup.</summary>
    public void Restore(StoreSnapshot snapshot) => Write(() =>
    {
        Volatile.Write(ref _revision, snapshot.Revision);
        Volatile.Write(ref _compacted, snapshot.Revision);
        foreach (var (type, objects) in snapshot.Objects)
        {
            _tables[type].Objects = objects;
            _tables[type].Restart(snapshot.Revision);
        }

        return true;
    });

    private StoredObject Versioned(ResourceType type, JsonMap document)
    {
        var revision = _revision + 1;
        var metadata = (document["metadata"] as JsonMap ?? JsonMap.Empty).With("resourceVersion", revision.ToString(CultureInfo.InvariantCulture));
        return new StoredObject(type, document.With("metadata", metadata), revision);
    }

    private void Record(ResourceTable table, StoreEventType type, StoredObject current, StoredObject? previous)
    {
        table.Log.Append(type, current, previous);
        Volatile.Write(ref _revision, current.Revision);
    }
}
