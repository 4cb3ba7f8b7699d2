using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Slices;

/// <summary>A node's slice of one namespace, as a NodeGrain holds it. Not thread-safe.</summary>
internal sealed class NodeSlice : SliceInbox, ISliceSource
{
    private readonly Dictionary<Uid, NodeResource> _content;
    private Position _confirmed;

    /// <param name="pool">The silo's versions; null to keep what comes.</param>
    public NodeSlice(VersionPool? pool = null)
        : this([], pool)
    {
    }

    private NodeSlice(Dictionary<Uid, NodeResource> content, VersionPool? pool)
        : base(content, pool) => _content = content;

    /// <summary>The newest position as of which the content is known to be current: its own, or one that the namespace confirmed.</summary>
    public Position CurrentAt => _confirmed > Position ? _confirmed : Position;

    /// <summary>The namespace said that the content as of <paramref name="held"/> is current as of <paramref name="position"/>.</summary>
    public void Confirm(Position held, Position position)
    {
        if (held == Position && position > _confirmed) _confirmed = position;
    }

    /// <inheritdoc/>
    public IEnumerable<NodeResource> All() => _content.Values;

    /// <inheritdoc/>
    public NodeResource? Find(Uid uid) => _content.GetValueOrDefault(uid);
}
