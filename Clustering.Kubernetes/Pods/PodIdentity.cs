using System.Text.Json;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>A pod, as far as it matters here. Names come again (a StatefulSet's, a bare pod's); uids never do.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="IsOver">Whether its containers have ended for good.</param>
internal sealed record PodIdentity(string Name, string Uid, bool IsOver)
{
    public static PodIdentity Of(JsonElement pod)
    {
        var metadata = pod.GetProperty("metadata");
        var isOver = pod.TryGetProperty("status", out var status) && status.TryGetProperty("phase", out var phase) && phase.GetString() is "Succeeded" or "Failed";
        return new(metadata.GetProperty("name").GetString()!, metadata.GetProperty("uid").GetString()!, isOver);
    }
}
