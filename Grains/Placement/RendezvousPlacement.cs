using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace MetaCollector.Grains.Placement;

/// <summary>Places a new activation on the silo that <see cref="Rendezvous"/> chooses, unless the caller gives a placement hint.</summary>
/// <remarks>
/// Orleans' default placement compares the load of the silos, and puts too many grains on one silo when thousands are activated in the same
/// second. Random placement would spread them too, but could not tell which of them have to move to a new silo.
/// </remarks>
internal sealed class RendezvousPlacement : PlacementStrategy;

/// <inheritdoc cref="RendezvousPlacement"/>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RendezvousPlacementAttribute() : PlacementAttribute(new RendezvousPlacement());

/// <inheritdoc cref="RendezvousPlacement"/>
internal sealed class RendezvousPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(
            IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? Rendezvous.Choose(target.GrainIdentity, silos));
    }
}
