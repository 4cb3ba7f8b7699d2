using MetaCollector.Clustering.Kubernetes.Membership;

namespace MetaCollector.Clustering.Kubernetes.Api;

/// <summary>Counts the requests of a client, by what Kubernetes calls their verb and resource. Thread-safe.</summary>
internal sealed class CountingHandler(MembershipInstruments instruments) : DelegatingHandler
{
    /// <summary>The verb of a request, as RBAC and audit logs have it, and the resource in its path; <c>other</c> where there is none.</summary>
    public static (string Verb, string Resource) Describe(HttpMethod method, Uri address)
    {
        // /api/v1/namespaces/NAMESPACE/RESOURCE[/NAME] or /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE[/NAME]
        var parts = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var scope = Array.IndexOf(parts, "namespaces");
        if (scope < 0 || scope + 2 >= parts.Length) return (method.Method.ToLowerInvariant(), "other");
        var isOne = scope + 3 < parts.Length;
        var verb = method.Method switch
        {
            "GET" when isOne => "get",
            "GET" => address.Query.Contains("watch=true", StringComparison.Ordinal) ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            _ => method.Method.ToLowerInvariant(),
        };
        return (verb, parts[scope + 2]);
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (verb, resource) = Describe(request.Method, request.RequestUri!);
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            instruments.Requested(verb, resource, (int)response.StatusCode);
            return response;
        }
        catch
        {
            instruments.Requested(verb, resource, 0);
            throw;
        }
    }
}
