using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Gateway.Nodes;

/// <summary>Connects to the <see cref="INodeGrain"/>s of the cluster, from inside a silo.</summary>
internal sealed class GrainNodeSource(IGrainFactory grains, ILocalSiloDetails self) : INodeSource
{
    /// <inheritdoc/>
    public INodeLine Open(string node, INodeObserver observer) => new Line(grains, self.SiloAddress, node, observer);

    private sealed class Line(IGrainFactory grains, SiloAddress self, string node, INodeObserver observer) : INodeLine
    {
        private INodeObserver? _reference;
        private INodeGrain? _grain;

        public Task SubscribeAsync(NamespacePosition[] held)
        {
            // Throws until the silo runs; the caller then tries again.
            _reference ??= grains.CreateObjectReference<INodeObserver>(observer);
            _grain ??= grains.GetGrain<INodeGrain>(node);
            return _grain.SubscribeAsync(new GatewaySubscription(_reference, self, held));
        }

        public Task UnsubscribeAsync() => _reference is null || _grain is null ? Task.CompletedTask : _grain.UnsubscribeAsync(_reference);

        public void Dispose()
        {
            if (_reference is not null) grains.DeleteObjectReference<INodeObserver>(_reference);
        }
    }
}
