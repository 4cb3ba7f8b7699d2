using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Slices;

/// <summary>What one gateway has still to be told of a node. Not thread-safe.</summary>
internal sealed class GatewayOutgoing
{
    private readonly Dictionary<string, SliceOutgoing> _slices = new(StringComparer.Ordinal);

    /// <summary>Whether the gateway has still to be told that it has everything.</summary>
    public bool NeedsCompletion { get; set; } = true;

    /// <summary>The positions that the gateway holds, as it said last.</summary>
    public IReadOnlyCollection<NamespacePosition> Held { get; set; } = [];

    /// <summary>Whether the gateway holds nothing yet, and waits for the node to be complete.</summary>
    public bool IsNew => NeedsCompletion && Held.Count == 0;

    /// <summary>The namespaces, each with what the gateway has still to be told of it.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Slices => _slices;

    /// <summary>The end of the conversation about one namespace.</summary>
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

    /// <summary>Nothing is known of what was taken and not answered: all of it is due again.</summary>
    public void Fail()
    {
        foreach (var slice in _slices.Values) slice.Fail();
    }

    /// <summary>Whether the gateway has nothing to be told of a namespace, as far as can be told.</summary>
    public bool IsIdleAbout(string @namespace) => !_slices.TryGetValue(@namespace, out var outgoing) || outgoing.IsIdle;

    /// <summary>Neither the node nor the gateway has such a slice any more.</summary>
    public void Forget(string @namespace)
    {
        if (_slices.Remove(@namespace)) _slices.TrimIfSparse();
    }

    /// <summary>The gateway holds something else than it was told.</summary>
    public void RequireSnapshots()
    {
        foreach (var slice in _slices.Values) slice.RequireSnapshot();
    }

    /// <summary>Positions that the gateway holds once it has accepted what is on its way.</summary>
    public NamespacePosition[] Expected() => [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Expected))];

    /// <summary>Positions that the gateway acknowledged.</summary>
    public NamespacePosition[] Acknowledged() => [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Acknowledged))];
}
