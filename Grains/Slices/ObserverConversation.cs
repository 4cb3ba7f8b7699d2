using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Slices;

/// <summary>What one gateway has still to be told of a node. Not thread-safe.</summary>
/// <param name="settled">Called whenever the gateway has answered.</param>
internal sealed class ObserverConversation(Action? settled = null)
{
    private readonly Dictionary<string, SliceOutgoing> _slices = new(StringComparer.Ordinal);

    /// <summary>Whether the gateway has still to be told that it has everything.</summary>
    public bool NeedsCompletion { get; set; } = true;

    /// <summary>The namespaces of which the gateway holds a position, as it said last.</summary>
    public IReadOnlyCollection<string> Held { get; set; } = [];

    /// <summary>The namespaces, each with what the gateway has still to be told of it.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Slices => _slices;

    /// <summary>Whether nothing is due or under way.</summary>
    public bool IsIdle => _slices.Values.All(slice => slice.IsIdle);

    /// <summary>The end of the conversation about one namespace.</summary>
    public SliceOutgoing SliceOf(string @namespace, NodeSlice slice)
    {
        if (!_slices.TryGetValue(@namespace, out var outgoing)) _slices[@namespace] = outgoing = new SliceOutgoing(@namespace, slice, settled);
        return outgoing;
    }

    /// <summary>The node has no such slice any more.</summary>
    public void Forget(string @namespace) => _slices.Remove(@namespace);

    /// <summary>The gateway holds something else than it was told.</summary>
    public void RequireSnapshots()
    {
        foreach (var slice in _slices.Values) slice.RequireSnapshot();
    }

    /// <summary>Positions that the gateway acknowledged.</summary>
    public NamespacePosition[] Acknowledged() => [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Acknowledged))];
}
