namespace MetaCollector.Informer.Connecting;

/// <summary>The API server, as far as reading goes. Thread-safe.</summary>
internal interface IApiServer
{
    /// <summary>Where it is, for messages.</summary>
    Uri Url { get; }

    /// <summary>Sends a GET; returns as soon as the headers of the answer are there.</summary>
    /// <param name="pathAndQuery">Path and query, from the server's root, without a leading slash.</param>
    /// <param name="accept">The media type that is wanted.</param>
    /// <param name="cancellation">Gives the request up.</param>
    Task<HttpResponseMessage> GetAsync(string pathAndQuery, string accept, CancellationToken cancellation);

    /// <summary>The server refused our credentials, or we its certificate: reads the configuration anew, where that was not just done.</summary>
    Task RenewAsync(CancellationToken cancellation);
}
