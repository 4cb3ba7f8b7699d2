using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

namespace MetaCollector.Grains.Placement;

/// <summary>
/// Where the grains of this silo belong. One that stands elsewhere, as after a scale-up, goes there once the replicas have stood still
/// for <see cref="GrainsOptions.RebalanceAfter"/>. One instance per silo; thread-safe.
/// </summary>
/// <remarks>Grains ask after they verified: so they go one by one, and only while what they hold is known to be current.</remarks>
internal sealed class GrainHomes(ILocalSiloDetails self, IOptions<GrainsOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private SiloAddress[] _replicas = [];
    private long _unchangedSince = time.GetTimestamp();

    /// <summary>These silos are active.</summary>
    public void ReplicasAre(IEnumerable<SiloAddress> active)
    {
        SiloAddress[] replicas = [.. active.Order()];
        lock (_lock)
        {
            if (_replicas.SequenceEqual(replicas)) return;
            (_replicas, _unchangedSince) = (replicas, time.GetTimestamp());
        }
    }

    /// <summary>The silo where the grain of a node most likely lives.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="heardFrom">The silo from which it was heard last: it lives there, as long as that silo does; null for none.</param>
    public SiloAddress OfNode(string node, SiloAddress? heardFrom)
    {
        var replicas = Volatile.Read(ref _replicas);
        return heardFrom is not null && replicas.Contains(heardFrom) ? heardFrom : Choose(GrainId.Create(NodeGrain.Type, node), replicas);
    }

    /// <summary>The silo where the grain of a namespace most likely lives.</summary>
    public SiloAddress OfNamespace(string name) => Choose(GrainId.Create(ResourceGrain.Type, name), Volatile.Read(ref _replicas));

    /// <summary>The silo that a grain of this one should go to; null where it should stay.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="near">The silos that it had better be near to: it belongs to one of them, where there are any.</param>
    public SiloAddress? FindElsewhere(GrainId grain, params IEnumerable<SiloAddress> near)
    {
        lock (_lock)
        {
            if (_replicas.Length < 2 || time.GetElapsedTime(_unchangedSince) < options.Value.RebalanceAfter) return null;
            SiloAddress[] preferred = [.. near.Where(_replicas.Contains)];
            if (preferred.Contains(self.SiloAddress)) return null;
            var home = Rendezvous.Choose(grain, preferred.Length > 0 ? preferred : _replicas);
            return home.Equals(self.SiloAddress) ? null : home;
        }
    }

    private SiloAddress Choose(GrainId grain, SiloAddress[] replicas) => replicas.Length == 0 ? self.SiloAddress : Rendezvous.Choose(grain, replicas);

    /// <summary>Has a grain go to another silo, as soon as it has nothing else to do; counts and logs it.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="name">The grain, for logs.</param>
    /// <param name="metrics">Count it.</param>
    /// <param name="logger">Log.</param>
    public static void Move(IGrainContext grain, SiloAddress to, string name, GrainMetrics metrics, ILogger logger)
    {
        Log.Moves(logger, name, to);
        metrics.Moved(grain.GrainId.Type);
        grain.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = to });
    }
}
