namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>A silo's identity in a Lease, which lets other silos look the holder up in the membership. Pure.</summary>
public static class SiloLease
{
    /// <summary>The identity of a silo: its name, for people, and its address, which no other silo ever has.</summary>
    public static string Identity(string siloName, SiloAddress silo) => $"{siloName}_{silo.ToParsableString()}";

    /// <summary>The silo of an identity; null where the text is none.</summary>
    public static SiloAddress? Silo(string identity)
    {
        try
        {
            return SiloAddress.FromParsableString(identity[(identity.LastIndexOf('_') + 1)..]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Whether the holder of a Lease is dead in the membership. A silo that is not in it may be about to join.</summary>
    public static bool IsDead(ClusterMembershipSnapshot membership, string holder) =>
        Silo(holder) is { } silo && membership.GetSiloStatus(silo) == SiloStatus.Dead;
}
