namespace MetaCollector.Grains.Placement;

/// <summary>
/// Rendezvous hashing: all silos choose the same silo for a grain without asking each other, and the grains are spread evenly. A new silo only
/// gets its share of the grains; of a lost silo, only its own grains are placed anew.
/// </summary>
internal static class Rendezvous
{
    /// <summary>The silo that a grain belongs to.</summary>
    /// <param name="grain">The grain.</param>
    /// <param name="silos">The silos to choose from, in any order; at least one.</param>
    public static SiloAddress Choose(GrainId grain, IReadOnlyList<SiloAddress> silos)
    {
        var chosen = silos[0];
        var highest = Weight(grain, chosen);
        for (var i = 1; i < silos.Count; i++)
        {
            var weight = Weight(grain, silos[i]);
            if (weight < highest || (weight == highest && silos[i].CompareTo(chosen) < 0)) continue;
            (chosen, highest) = (silos[i], weight);
        }

        return chosen;
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): each input bit changes half
    // of the output bits.
    private static ulong Weight(GrainId grain, SiloAddress silo)
    {
        var mixed = ((ulong)grain.GetUniformHashCode() << 32) | (uint)silo.GetConsistentHashCode();
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
