using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

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
    /// <inheritdoc/>
    public Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched) =>
        grains.GetGrain<IResourceGrain>(batch.Namespace).FeedAsync(batch, watched);
}
