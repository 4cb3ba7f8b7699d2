using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace MetaCollector.Clustering.Kubernetes.Api;

/// <summary>Says in one line why a call to the API server failed.</summary>
internal static class ApiFailure
{
    /// <summary>The API server's own words where it refused, e.g. <c>403 leases "a" is forbidden: …</c>; else the exception's.</summary>
    public static string Describe(Exception failure)
    {
        if (failure is not HttpOperationException refusal) return failure.GetBaseException().Message.ReplaceLineEndings(" ");
        var code = (int)refusal.Response.StatusCode;
        try
        {
            return $"{code} {KubernetesJson.Deserialize<V1Status>(refusal.Response.Content).Message}".ReplaceLineEndings(" ");
        }
        catch (JsonException)
        {
            return $"{code} {refusal.Response.ReasonPhrase}";
        }
    }
}
