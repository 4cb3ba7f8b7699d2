using System.Net;

namespace MetaCollector.Informer.Reading;

/// <summary>Sends one kind's requests, with a deadline for the response to begin, and throws on a failure response.</summary>
internal sealed class KindRequests(KindEndpoint endpoint, IApiServer server, InformerOptions options, KindReport report, TimeProvider time)
{
    /// <returns>The response, with status OK and a protobuf body; the caller disposes of it.</returns>
    /// <exception cref="ApiException">The server answered with a failure.</exception>
    /// <exception cref="UnreachableException">No answer came.</exception>
    /// <exception cref="InvalidDataException">The response is not that of an API server.</exception>
    public async Task<HttpResponseMessage> SendAsync(string pathAndQuery, bool isWatch, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        using (var deadline = new CancellationTokenSource(options.RequestTimeout, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation))
        {
            try
            {
                response = await server.SendAsync(
                    new ApiRequest(HttpMethod.Get, pathAndQuery, isWatch ? "watch" : "list", endpoint.Resource)
                    {
                        Accept = isWatch ? endpoint.WatchMediaType : endpoint.ListMediaType, MayBeCompressed = !isWatch,
                    },
                    either.Token);
            }
            catch (Exception exception) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new UnreachableException($"no answer within {options.RequestTimeout.TotalSeconds:0} s", exception);
            }
        }

        try
        {
            await CheckAsync(response, cancellation);
            report.Reached(server.Url);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The body of a response, with counted bytes and a timeout for silence.</summary>
    public async Task<BodyStream> BodyOfAsync(HttpResponseMessage response, TimeSpan idle, Action<int>? received, CancellationToken cancellation) => new(
        await response.Content.ReadAsStreamAsync(cancellation), idle, time, received is null ? report.ReceivedBytes : report.ReceivedBytes + received, cancellation);

    private async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var failure = await StatusReader.FromAsync(response, cancellation);
            if (failure.Code is not (401 or 429 or >= 500)) report.Reached(server.Url);
            throw failure;
        }

        var type = response.Content.Headers.ContentType?.ToString() ?? "nothing";
        if (!type.StartsWith(KindEndpoint.Protobuf, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException(
                $"{server.Url} answered with {type} where the Kubernetes protobuf encoding was asked for: is it an API server?");
        }
    }
}
