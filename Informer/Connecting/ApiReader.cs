namespace MetaCollector.Informer.Connecting;

/// <summary>Reads over a connection that all kinds share. Thread-safe.</summary>
internal sealed class ApiReader(ApiConnection connection) : IApiServer
{
    /// <inheritdoc/>
    public Uri Url => connection.Url;

    /// <inheritdoc/>
    public Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation) => connection.SendAsync(request, cancellation);
}
