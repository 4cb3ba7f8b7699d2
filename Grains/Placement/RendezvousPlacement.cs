using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace MetaCollector.Grains.Placement;

/// <summary>A new activation comes up where <see cref="Rendezvous"/> says, unless the caller knows better.</summary>
/// <remarks>
/// The default of Orleans looks at how loaded the silos are, and clumps when thousands of grains come up in the same second. Chance
/// would spread them too, but nobody could say later which of them have to move to a silo that is new.
/// </remarks>
internal sealed class RendezvousPlacement : PlacementStrategy;

/// <inheritdoc cref="RendezvousPlacement"/>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RendezvousPlacementAttribute() : PlacementAttribute(new RendezvousPlacement());

/// <inheritdoc cref="RendezvousPlacement"/>
internal sealed class RendezvousPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(
            IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? Rendezvous.Choose(target.GrainIdentity, silos));
    }
}
