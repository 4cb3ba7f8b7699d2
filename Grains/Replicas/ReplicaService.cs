using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Replicas;

/// <summary>Answers questions about this replica.</summary>
internal sealed class ReplicaService(GrainId id, Silo silo, IServiceProvider services, LeaderDirectory directory, ILoggerFactory loggers)
    : GrainService(id, silo, loggers), IReplicaService
{
    public Task<int?> CountStreamsAsync() => Task.FromResult(directory.Leader is { IsSynced: true } ? services.GetService<ISubscriberStreams>()?.Open : null);

    public Task<ReplicaInspection> InspectAsync() => Task.FromResult(services.GetRequiredService<IReplicaInspector>().Inspect());

    public Task<NodeStreams> InspectNodeAsync(string node) => Task.FromResult(services.GetRequiredService<IReplicaInspector>().InspectNode(node));
}
