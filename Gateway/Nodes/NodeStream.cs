using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Gateway.Nodes;

/// <summary>One stream's place at a <see cref="NodeView"/>. Thread-safe for one reader.</summary>
internal sealed class NodeStream
{
    private readonly NodeView _view;

    internal NodeStream(NodeView view, KindSet kinds)
    {
        _view = view;
        State = new StreamState(kinds);
    }

    /// <summary>The view that it is attached to.</summary>
    internal NodeView View => _view;

    /// <summary>What was sent and what is to be sent; only to be touched under the view's lock.</summary>
    internal StreamState State { get; }

    /// <summary>Whether the node was complete at some time since the stream was opened: before that, nothing is sent.</summary>
    internal bool HasStarted { get; set; }

    /// <summary>Set when there may be something to send.</summary>
    public Wakeup Wakeup { get; } = new();

    /// <summary>Whether the version of a resource is worth keeping once it is rendered, as others need it too.</summary>
    public bool IsShared(NodeResource resource) => resource.Kind != ResourceKind.Pod || _view.StreamCount > 1;

    /// <inheritdoc cref="StreamState.TryNext"/>
    public bool TryNext(out StreamEvent next) => _view.TryNext(this, out next);

    /// <summary>Whether there may be something to send, and whether there ever was.</summary>
    public (int Pending, bool HasStarted) Look() => _view.Look(this);
}
