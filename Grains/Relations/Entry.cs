using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>A resource that is held, and what follows from it.</summary>
internal sealed class Entry(Resource resource)
{
    private NodeResource? _version;
    private NodeCounts _nodes;

    /// <summary>What was read from the API server.</summary>
    public Resource Resource { get; set; } = resource;

    /// <summary>Of a pod: what it refers to. Null for any other, and for a pod that is not bound.</summary>
    public References? References { get; set; }

    /// <summary>Of a pod: the node that <see cref="Needs"/> counts for; empty while it is not bound.</summary>
    public string CountedOn { get; set; } = "";

    /// <summary>Of a pod: everything that is related to its node because of it, itself included; each once.</summary>
    public Entry[] Needs { get; set; } = [];

    /// <summary>Where it is related.</summary>
    public ref NodeCounts Nodes => ref _nodes;

    /// <summary>What the nodes are sent: one instance until something in it changes.</summary>
    public NodeResource Version => _version ??= new NodeResource(Resource, References);

    /// <summary>Something in <see cref="Version"/> changed.</summary>
    public void Renew() => _version = null;
}
