using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MetaCollector.Gateway.Limits;

/// <summary>
/// Counts the requests that gRPC or Kestrel refuses before they reach the service. Thread-safe.
/// </summary>
internal sealed class RefusedRequests : IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string MessageTooLarge = "message too large";
    private const string HeadersTooLarge = "headers too large";
    private const string Invalid = "invalid";

    // Kestrel refuses headers before any middleware runs; it reports them by this diagnostic event.
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly GatewayMetrics _metrics;
    private readonly IDisposable _subscription;

    public RefusedRequests(DiagnosticListener server, GatewayMetrics metrics)
    {
        _metrics = metrics;
        _subscription = server.Subscribe(this, static name => name == BadRequest);
    }

    public static IReadOnlyList<string> Causes { get; } = [MessageTooLarge, HeadersTooLarge, Invalid];

    /// <summary>Runs a call, and counts the status with which gRPC answered it.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate call)
    {
        await call(context);
        switch (StatusOf(context))
        {
            case StatusCode.ResourceExhausted: _metrics.RequestRefused(MessageTooLarge); break;
            case StatusCode.InvalidArgument: _metrics.RequestRefused(Invalid); break;
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is IFeatureCollection features
            && features.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException { StatusCode: StatusCodes.Status431RequestHeaderFieldsTooLarge })
        {
            _metrics.RequestRefused(HeadersTooLarge);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose() => _subscription.Dispose();

    // A response without messages has the status in its headers, any other in its trailers.
    private static StatusCode? StatusOf(HttpContext context)
    {
        const string Name = "grpc-status";
        var text = context.Response.Headers[Name];
        if (text.Count == 0 && context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers) text = trailers[Name];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? (StatusCode)status : null;
    }
}
