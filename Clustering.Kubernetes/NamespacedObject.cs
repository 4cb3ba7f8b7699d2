using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>One object of the API server, as JSON: fields that this library does not know are written back unchanged. Thread-safe.</summary>
/// <param name="api">The connection.</param>
/// <param name="version">Where its API is, e.g. <c>api/v1</c>.</param>
/// <param name="plural">The plural name of its kind.</param>
/// <param name="namespace">Its namespace.</param>
/// <param name="name">Its name.</param>
/// <param name="labels">Labels to add with each write.</param>
internal sealed class NamespacedObject(
    ApiConnection api, string version, string plural, string @namespace, string name, IEnumerable<KeyValuePair<string, string>> labels)
{
    // A table is JSON within JSON: the default encoder would write six bytes (\u0022) for each of its quotes.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _collection = $"{version}/namespaces/{@namespace}/{plural}";

    /// <summary>
    /// The object as it is now; null where there is none. The request names no resourceVersion, so the API server reads etcd and not a cache that may lag.
    /// </summary>
    /// <exception cref="Exception">The API server did not answer, or refused.</exception>
    public Task<JsonObject?> ReadAsync(CancellationToken cancellation) =>
        TryAsync(new ApiRequest(HttpMethod.Get, $"{_collection}/{name}", "get", plural), HttpStatusCode.NotFound, cancellation);

    /// <summary>Creates it; null where there is one.</summary>
    /// <exception cref="Exception">The API server did not answer, in which case the write may have happened, or refused.</exception>
    public Task<JsonObject?> TryCreateAsync(JsonObject item, CancellationToken cancellation)
    {
        Label(item);
        var metadata = item["metadata"]!.AsObject();
        (metadata["name"], metadata["namespace"]) = (name, @namespace);
        return TryAsync(new ApiRequest(HttpMethod.Post, _collection, "create", plural) { Body = BodyOf(item) }, HttpStatusCode.Conflict, cancellation);
    }

    /// <summary>Replaces it; null where it is gone, or has another <c>resourceVersion</c> than the item.</summary>
    /// <exception cref="Exception">The API server did not answer, in which case the write may have happened, or refused.</exception>
    public async Task<JsonObject?> TryReplaceAsync(JsonObject item, CancellationToken cancellation)
    {
        Label(item);
        try
        {
            var request = new ApiRequest(HttpMethod.Put, $"{_collection}/{name}", "update", plural) { Body = BodyOf(item) };
            return await TryAsync(request, HttpStatusCode.Conflict, cancellation);
        }
        catch (ApiException exception) when (exception.Code == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<JsonObject?> TryAsync(ApiRequest request, HttpStatusCode expected, CancellationToken cancellation)
    {
        try
        {
            return await api.CallAsync(request, cancellation);
        }
        catch (ApiException exception) when (exception.Code == (int)expected)
        {
            return null;
        }
    }

    private void Label(JsonObject item)
    {
        foreach (var (key, value) in labels)
        {
            var metadata = item["metadata"]!.AsObject();
            if (metadata["labels"] is not JsonObject present) metadata["labels"] = present = new JsonObject();
            present[key] = value;
        }
    }

    private static byte[] BodyOf(JsonObject item) => JsonSerializer.SerializeToUtf8Bytes(item, Plain);
}
