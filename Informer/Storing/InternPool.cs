using Google.Protobuf.Collections;

namespace MetaCollector.Informer.Storing;

/// <summary>Shares equal parts of objects: names of namespaces and nodes, label sets, owners. Thread-safe.</summary>
/// <remarks>
/// The store trims it to what the objects in use need, once it holds twice as many instances as after the last trim, or half of the objects
/// are removed. A trimmed instance stays valid: at worst equal parts are not shared for a while.
/// </remarks>
internal sealed class InternPool
{
    private const int Smallest = 4096;

    private readonly Lock _lock = new();
    private Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private HashSet<LabelSet> _labels = [];
    private HashSet<Owner> _owners = [];
    private int _limit = Smallest;
    private int _objects;

    /// <summary>Number of instances.</summary>
    public int Count
    {
        get { lock (_lock) return _texts.Count + _labels.Count + _owners.Count; }
    }

    /// <summary>Whether <see cref="Trim"/> is due.</summary>
    /// <param name="objects">How many objects there are now.</param>
    public bool WantsTrim(int objects)
    {
        lock (_lock)
        {
            _objects = Math.Max(_objects, objects);
            var count = _texts.Count + _labels.Count + _owners.Count;
            return count > _limit || (count > Smallest && objects < _objects / 2);
        }
    }

    /// <summary>The shared instance of <paramref name="text"/>.</summary>
    public string Share(string text)
    {
        if (text.Length == 0) return "";
        lock (_lock) return ShareLocked(text);
    }

    /// <summary>The shared instance of <paramref name="owner"/>.</summary>
    public Owner Share(Owner owner)
    {
        lock (_lock)
        {
            if (_owners.TryGetValue(owner, out var shared)) return shared;
            shared = new Owner(ShareLocked(owner.Group), ShareLocked(owner.Kind), owner.Uid);
            _owners.Add(shared);
            return shared;
        }
    }

    /// <summary>The shared label set with this content.</summary>
    public LabelSet Share(RepeatedField<Wire.Entry> labels)
    {
        if (labels.Count == 0) return LabelSet.Empty;
        var flat = new string[2 * labels.Count];
        for (var i = 0; i < labels.Count; i++) (flat[2 * i], flat[(2 * i) + 1]) = (labels[i].Key, labels[i].Value);
        // The API server sends labels sorted by key.
        var set = LabelSet.OfFlat(flat);
        lock (_lock)
        {
            if (_labels.TryGetValue(set, out var shared)) return shared;
            var texts = new string[2 * set.Count];
            for (var i = 0; i < set.Count; i++)
            {
                var (key, value) = set.At(i);
                (texts[2 * i], texts[(2 * i) + 1]) = (ShareLocked(key), ShareLocked(value));
            }

            shared = LabelSet.OfFlat(texts);
            _labels.Add(shared);
            return shared;
        }
    }

    /// <summary>Removes all instances that these objects do not use.</summary>
    public void Trim(IEnumerable<Resource> inUse)
    {
        var kept = new InternPool();
        var objects = 0;
        foreach (var resource in inUse)
        {
            kept.Keep(resource);
            objects++;
        }

        lock (_lock)
        {
            _objects = objects;
            (_texts, _labels, _owners) = (kept._texts, kept._labels, kept._owners);
            _limit = Math.Max(Smallest, 2 * (_texts.Count + _labels.Count + _owners.Count));
        }
    }

    private void Keep(Resource resource)
    {
        Keep(resource.Namespace);
        if (resource.GenerateName is { } generateName) Keep(generateName);
        Keep(resource.Labels);
        if (resource.Controller is { } owner && _owners.Add(owner))
        {
            Keep(owner.Group);
            Keep(owner.Kind);
        }

        if (resource is Pod pod)
        {
            Keep(pod.Node);
            // Skips the first address: it is the pod's own, and not shared.
            foreach (var address in pod.Addresses.Span[Math.Min(1, pod.Addresses.Count)..]) Keep(address);
        }

        if (resource is Service service) Keep(service.Selector);
    }

    private void Keep(LabelSet labels)
    {
        if (labels.Count == 0 || !_labels.Add(labels)) return;
        foreach (var (key, value) in labels)
        {
            Keep(key);
            Keep(value);
        }
    }

    private void Keep(string text)
    {
        if (text.Length > 0) _texts.TryAdd(text, text);
    }

    private string ShareLocked(string text)
    {
        if (text.Length == 0) return "";
        if (_texts.TryGetValue(text, out var shared)) return shared;
        _texts.Add(text, text);
        return text;
    }
}
