using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;

namespace MetaCollector.Informer.Feeding;

/// <summary>Takes the leader's batches. Thread-safe.</summary>
internal interface IFeedTarget
{
    /// <inheritdoc cref="IResourceGrain.FeedAsync"/>
    Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched);
}

/// <summary>The grains of the namespaces.</summary>
internal sealed class ResourceGrains(IGrainFactory grains) : IFeedTarget
{
    private readonly GrainReferences<IResourceGrain> _namespaces = new(grains);

    public Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched) => _namespaces[batch.Namespace].FeedAsync(batch, watched);
}
