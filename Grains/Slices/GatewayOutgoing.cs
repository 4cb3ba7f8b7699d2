using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Grains.Slices;

/// <summary>What a node has yet to send to one gateway. Not thread-safe.</summary>
internal sealed class GatewayOutgoing
{
    private readonly Dictionary<string, SliceOutgoing> _slices = new(StringComparer.Ordinal);

    /// <summary>Whether the node has yet to tell the gateway that it is complete.</summary>
    public bool NeedsCompletion { get; set; } = true;

    /// <summary>The positions that the gateway holds, as it said last.</summary>
    public IReadOnlyCollection<NamespacePosition> Held { get; set; } = [];

    /// <summary>Whether the gateway holds nothing and waits for the node to be complete.</summary>
    public bool IsNew => NeedsCompletion && Held.Count == 0;

    /// <summary>By namespace, what the node has yet to send.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Slices => _slices;

    /// <summary>The node's end of the conversation about one namespace.</summary>
    public SliceOutgoing SliceOf(string @namespace, NodeSlice slice)
    {
        if (!_slices.TryGetValue(@namespace, out var outgoing)) _slices[@namespace] = outgoing = new SliceOutgoing(@namespace, slice);
        return outgoing;
    }

    /// <summary>Takes what is due of all slices, each with its content.</summary>
    public IReadOnlyList<SlicePart> Take()
    {
        List<SlicePart>? taken = null;
        foreach (var slice in _slices.Values)
            if (slice.Take() is { } batch) (taken ??= []).Add(new SlicePart(slice, batch));
        return taken ?? (IReadOnlyList<SlicePart>)[];
    }

    /// <summary>The gateway did not answer: all batches in flight are due again.</summary>
    public void Fail()
    {
        foreach (var slice in _slices.Values) slice.Fail();
    }

    /// <summary>Whether nothing is due to the gateway about a namespace.</summary>
    public bool IsIdleAbout(string @namespace) => !_slices.TryGetValue(@namespace, out var outgoing) || outgoing.IsIdle;

    /// <summary>Forgets a slice that neither the node nor the gateway holds any more.</summary>
    public void Forget(string @namespace)
    {
        if (_slices.Remove(@namespace)) _slices.TrimIfSparse();
    }

    /// <summary>Makes a snapshot of every slice due.</summary>
    public void RequireSnapshots()
    {
        foreach (var slice in _slices.Values) slice.RequireSnapshot();
    }

    /// <summary>Positions that the gateway holds once it has accepted what is on its way.</summary>
    public NamespacePosition[] Expected() => [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Expected))];

    public NamespacePosition[] Acknowledged() => [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Acknowledged))];
}
