using k8s.Models;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>A pod, as far as it matters here. Names come again (a StatefulSet's, a bare pod's); uids never do.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="IsOver">Whether its containers have ended for good.</param>
internal sealed record PodIdentity(string Name, string Uid, bool IsOver)
{
    public static PodIdentity Of(V1Pod pod) => new(
        pod.Metadata.Name, pod.Metadata.Uid, pod.Status?.Phase is "Succeeded" or "Failed");
}
