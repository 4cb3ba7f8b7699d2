using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Gateway.Nodes;

/// <summary>Connects to <see cref="INodeGrain"/>s. Thread-safe.</summary>
internal interface INodeSource
{
    /// <summary>Opens a line to one node; does not call the grain yet.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="observer">The callback; the caller keeps it alive.</param>
    INodeLine Open(string node, INodeObserver observer);
}

/// <summary>A line to one node. One call at a time; the caller disposes of it after the last one.</summary>
internal interface INodeLine : IDisposable
{
    /// <inheritdoc cref="INodeGrain.SubscribeAsync"/>
    Task SubscribeAsync(NamespacePosition[] held);

    /// <inheritdoc cref="INodeGrain.UnsubscribeAsync"/>
    Task UnsubscribeAsync();
}
