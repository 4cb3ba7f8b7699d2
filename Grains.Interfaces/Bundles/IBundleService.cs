using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Bundles;

/// <summary>
/// Takes bundles: one message with the batches or questions of many grains of one silo to many grains of another. Every silo offers it
/// under its address.
/// </summary>
/// <remarks>
/// The sender guesses on which silo a grain lives. A wrong guess costs one message more: the silo that gets the bundle passes each item on
/// to its grain, wherever that lives.
/// </remarks>
[Alias("MetaCollector.IBundleService")]
public interface IBundleService : IGrainService
{
    /// <summary>Hands each batch to the grain of its node (<see cref="INodeGrain.ReceiveAsync"/>).</summary>
    /// <returns>The answer to each, in their order; null where the grain failed or did not answer in time.</returns>
    [Alias("Deliver")]
    Task<Receipt?[]> DeliverAsync(SliceDelivery[] deliveries);

    /// <summary>Asks the grain of each namespace whether the slice of a node is current (<see cref="IResourceGrain.VerifyAsync"/>).</summary>
    /// <param name="queries">The questions.</param>
    /// <param name="from">The silo where the nodes of these questions live.</param>
    /// <returns>The answer to each, in their order; <see cref="Position.None"/> also where the grain failed or did not answer in time.</returns>
    [Alias("VerifySlices")]
    Task<Position[]> VerifySlicesAsync(SliceQuery[] queries, SiloAddress from);
}
