using MetaCollector.Clustering.Kubernetes.Membership;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>Which silos are dead because their pods are gone. Pure.</summary>
internal static class PodVerdict
{
    /// <summary>The silos in <paramref name="rows"/> whose pods are not in <paramref name="pods"/>.</summary>
    /// <param name="rows">
    /// Silos, read before the pods were listed: a pod exists before its silo, so a pod that is missing from the list is gone.
    /// </param>
    /// <param name="pods">
    /// The uids of all pods that silos may run in and that have not ended, by a consistent read. A name is used again (by a StatefulSet, for a bare
    /// pod), a uid never.
    /// </param>
    /// <param name="self">
    /// The uid of this silo's own pod. Where the list lacks it, the list cannot be trusted (another namespace, a selector that does not match), and no silo
    /// is declared dead.
    /// </param>
    /// <returns>The addresses; null where the list cannot be trusted.</returns>
    public static IReadOnlySet<string>? Gone(IEnumerable<MembershipRow> rows, IReadOnlySet<string> pods, string self) =>
        pods.Contains(self) ? Of(rows, self, uid => !pods.Contains(uid)) : null;

    /// <summary>The silos in a pod that is gone for certain.</summary>
    public static IReadOnlySet<string> In(IEnumerable<MembershipRow> rows, string uid, string self) => Of(rows, self, row => row == uid);

    // A row without a pod is of a silo outside Kubernetes, and is left alone.
    private static HashSet<string> Of(IEnumerable<MembershipRow> rows, string self, Func<string, bool> isGone) =>
        [.. rows.Where(row => row is { IsLive: true, PodUid.Length: > 0 } && row.PodUid != self && isGone(row.PodUid!)).Select(row => row.Address)];
}
