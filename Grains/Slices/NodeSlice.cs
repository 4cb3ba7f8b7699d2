using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Grains.Slices;

/// <summary>A node's slice of one namespace, as a NodeGrain holds it. Not thread-safe.</summary>
internal sealed class NodeSlice(VersionPool pool) : SliceInbox(new UidSortedSet<NodeResource>(), pool), ISliceSource
{
    private Position _confirmed;

    /// <summary>The newest position as of which the content is known to be current: its own, or one that the namespace confirmed.</summary>
    public Position CurrentAt => _confirmed > Position ? _confirmed : Position;

    /// <summary>Whether the namespace may have forgotten this node, and has not confirmed since what it holds.</summary>
    public bool IsDoubted { get; set; }

    /// <summary>The namespace said that the content as of <paramref name="held"/> is current as of <paramref name="position"/>.</summary>
    public void Confirm(Position held, Position position)
    {
        if (position.IsNone) return;
        IsDoubted = false;
        if (held == Position && position > _confirmed) _confirmed = position;
    }

    public IEnumerable<NodeResource> All() => Content;

    public NodeResource? Find(Uid uid) => Content.Find(uid);
}
