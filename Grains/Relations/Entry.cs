namespace MetaCollector.Grains.Relations;

/// <summary>A held resource, and what is derived from it.</summary>
internal sealed class Entry(Resource resource) : IHasUid
{
    private NodeResource? _version;
    private NodeCounts _nodes;

    public Uid Uid => Resource.Uid;

    /// <summary>What was read from the API server.</summary>
    public Resource Resource { get; set; } = resource;

    /// <summary>Of a pod: what it refers to. Null for any other resource.</summary>
    public References? References { get; set; }

    /// <summary>Of a pod: the node that <see cref="Needs"/> counts for; empty while it is not bound.</summary>
    public string CountedOn { get; set; } = "";

    /// <summary>Of a pod: everything that is related to its node because of it, including itself; each once.</summary>
    public Entry[] Needs { get; set; } = [];

    /// <summary>The nodes that it is related to.</summary>
    public ref NodeCounts Nodes => ref _nodes;

    /// <summary>What nodes are sent: the same instance until something in it changes.</summary>
    public NodeResource Version => _version ??= new NodeResource(Resource, References);

    /// <summary>Makes a new <see cref="Version"/>, because something in it changed.</summary>
    public void Renew() => _version = null;
}
