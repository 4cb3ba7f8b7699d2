namespace MetaCollector.Informer.Connecting;

/// <summary>Sends the requests of all kinds over one connection. Thread-safe.</summary>
internal sealed class ApiReader(ApiConnection connection) : IApiServer
{
    public Uri Url => connection.Url;

    public Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation) => connection.SendAsync(request, cancellation);
}
