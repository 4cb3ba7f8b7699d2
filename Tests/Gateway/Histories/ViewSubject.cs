using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>The real view.</summary>
internal sealed class ViewSubject : ISubject
{
    private static readonly GatewayMetrics Metrics = new(
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());

    private readonly NodeView _view = new("node-a", new VersionPool(), Metrics, new FaultsSeen().Faults, TimeProvider.System, NullLogger.Instance);

    public IReadOnlyDictionary<Uid, NodeResource> Related => _view.Resources.ToDictionary(resource => resource.Uid);

    public Receipt Receive(Batch<SliceChange> batch) => _view.ReceiveAsync([batch]).GetAwaiter().GetResult().Batches[0];

    public bool Complete(NamespacePosition[] namespaces) => _view.ReceiveAsync([], namespaces).GetAwaiter().GetResult().IsComplete;

    public TryNext Open(KindSet kinds)
    {
        var stream = _view.Attach(kinds);
        return (out StreamEvent next) => stream.TryNext(out next);
    }
}
