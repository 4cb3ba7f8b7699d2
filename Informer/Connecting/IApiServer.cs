namespace MetaCollector.Informer.Connecting;

/// <summary>The API server, as far as reading goes. Thread-safe.</summary>
internal interface IApiServer
{
    /// <summary>Where it is, for messages.</summary>
    Uri Url { get; }

    /// <summary>Sends a list or a watch; returns as soon as the headers of the answer are there.</summary>
    /// <exception cref="UnreachableException">No answer came.</exception>
    Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation);
}
