using MetaCollector.Clustering.Kubernetes.Membership;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>Which silos are dead because their pods are gone. Pure.</summary>
internal static class PodVerdict
{
    /// <summary>The silos in <paramref name="rows"/> whose pods are not in <paramref name="pods"/>.</summary>
    /// <param name="rows">
    /// Silos, read before the pods were listed: a pod is there before its silo is, so what is missing from the list is gone.
    /// </param>
    /// <param name="pods">
    /// The uids of all pods that silos may run in and that are not over, by a consistent read. Names come again (a StatefulSet's, a bare
    /// pod's); uids never do.
    /// </param>
    /// <param name="self">
    /// The uid of this silo's own pod. Where not even that one is listed, the list cannot be trusted (another namespace, a selector that
    /// does not fit), and nobody is condemned.
    /// </param>
    /// <returns>The addresses; null where the list cannot be trusted.</returns>
    public static IReadOnlySet<string>? Gone(IEnumerable<MembershipRow> rows, IReadOnlySet<string> pods, string self) =>
        pods.Contains(self) ? Of(rows, self, uid => !pods.Contains(uid)) : null;

    /// <summary>The silos in a pod of which it is known for certain that it is gone.</summary>
    public static IReadOnlySet<string> In(IEnumerable<MembershipRow> rows, string uid, string self) => Of(rows, self, row => row == uid);

    // Rows that name no pod are none of our business: they were written outside of one.
    private static HashSet<string> Of(IEnumerable<MembershipRow> rows, string self, Func<string, bool> isGone) =>
        [.. rows.Where(row => row is { IsLive: true, PodUid.Length: > 0 } && row.PodUid != self && isGone(row.PodUid!)).Select(row => row.Address)];
}
