namespace MetaCollector.Informer.Connecting;

/// <summary>Sends lists and watches to the API server. Thread-safe.</summary>
internal interface IApiServer
{
    /// <summary>Its URL, for messages.</summary>
    Uri Url { get; }

    /// <summary>Sends a list or a watch; returns once the headers of the response have arrived.</summary>
    /// <exception cref="UnreachableException">No answer came.</exception>
    Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation);
}
