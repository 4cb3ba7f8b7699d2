using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Gateway.Nodes;

/// <summary>Where the content of nodes comes from: the <see cref="INodeGrain"/>s. Thread-safe.</summary>
internal interface INodeSource
{
    /// <summary>A line to one node, over which nothing has been said yet.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="observer">Is told what is relevant; kept alive by the caller.</param>
    INodeLine Open(string node, INodeObserver observer);
}

/// <summary>A line to one node. One call at a time; disposed after the last one.</summary>
internal interface INodeLine : IDisposable
{
    /// <inheritdoc cref="INodeGrain.SubscribeAsync"/>
    Task SubscribeAsync(NamespacePosition[] held);

    /// <inheritdoc cref="INodeGrain.UnsubscribeAsync"/>
    Task UnsubscribeAsync();
}
