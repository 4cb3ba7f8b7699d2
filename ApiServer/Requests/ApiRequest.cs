namespace MetaCollector.ApiServer.Requests;

/// <summary>A request to the API server. Immutable.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query, from the server's root, without a leading slash.</param>
/// <param name="Verb">The verb in RBAC, e.g. <c>list</c>; for metrics.</param>
/// <param name="Resource">The plural name of the resource, with its group behind a dot; for metrics.</param>
public sealed record ApiRequest(HttpMethod Method, string Path, string Verb, string Resource)
{
    /// <summary>The media type to ask for. JSON by default.</summary>
    public string Accept { get; init; } = "application/json";

    /// <summary>The body, in JSON; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Whether the answer may come compressed, where the configuration allows it. False by default: a watch must not wait for a block to fill.</summary>
    public bool MayBeCompressed { get; init; }
}
