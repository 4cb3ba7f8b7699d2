namespace MetaCollector.ApiServer.Requests;

/// <summary>Sends requests to the API server. Thread-safe.</summary>
public interface IApiServer
{
    /// <summary>Where the server is, for messages.</summary>
    Uri Url { get; }

    /// <summary>Sends a request; returns as soon as the headers of the answer are there.</summary>
    /// <returns>The answer, whatever its status; the caller disposes of it.</returns>
    /// <exception cref="UnreachableException">No answer came.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation);
}
