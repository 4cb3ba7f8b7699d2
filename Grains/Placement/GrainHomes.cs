using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

namespace MetaCollector.Grains.Placement;

/// <summary>
/// Knows on which silos grains belong. A grain that lives on another one, as after a scale-up, moves there once the set of replicas was
/// unchanged for <see cref="GrainsOptions.RebalanceAfter"/>. One instance per silo; thread-safe.
/// </summary>
/// <remarks>A grain asks after it verified what it holds: so grains move one by one, and only with current content.</remarks>
internal sealed class GrainHomes(ILocalSiloDetails self, IOptions<GrainsOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private SiloAddress[] _replicas = [];
    private FrozenSet<SiloAddress> _dead = [];
    private long _unchangedSince = time.GetTimestamp();

    public void ReplicasAre(IEnumerable<SiloAddress> active, IEnumerable<SiloAddress> dead)
    {
        SiloAddress[] replicas = [.. active.Order()];
        lock (_lock)
        {
            _dead = dead.ToFrozenSet();
            if (_replicas.SequenceEqual(replicas)) return;
            (_replicas, _unchangedSince) = (replicas, time.GetTimestamp());
        }
    }

    /// <summary>Whether a silo was declared dead; it never comes back under this address.</summary>
    public bool IsDead(SiloAddress silo) => Volatile.Read(ref _dead).Contains(silo);

    /// <summary>The silo where the grain of a node most likely lives.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="heardFrom">The silo from which the node's grain asked last; it lives there while that silo is active. Null for none.</param>
    public SiloAddress OfNode(string node, SiloAddress? heardFrom)
    {
        var replicas = Volatile.Read(ref _replicas);
        return heardFrom is not null && replicas.Contains(heardFrom) ? heardFrom : Choose(GrainId.Create(NodeGrain.Type, node), replicas);
    }

    /// <summary>The silo where the grain of a namespace most likely lives.</summary>
    public SiloAddress OfNamespace(string name) => Choose(GrainId.Create(ResourceGrain.Type, name), Volatile.Read(ref _replicas));

    /// <summary>The silo that a grain of this silo should move to; null if it should stay.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="near">The silos that it should live on, if any of them is active.</param>
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

    /// <summary>Moves a grain to another silo as soon as it is idle; counts and logs the move.</summary>
    public static void Move(IGrainContext grain, SiloAddress to, string name, GrainMetrics metrics, ILogger logger)
    {
        Log.Moves(logger, name, to);
        metrics.Moved(grain.GrainId.Type);
        grain.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = to });
    }
}
