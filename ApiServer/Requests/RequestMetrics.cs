using System.Diagnostics.Metrics;

namespace MetaCollector.ApiServer.Requests;

/// <summary>Counts requests, in the meter <see cref="MeterName"/>. Thread-safe.</summary>
internal sealed class RequestMetrics
{
    public const string MeterName = "MetaCollector.ApiServer";

    private readonly Counter<long> _requests;

    public RequestMetrics(IMeterFactory meters) => _requests = meters.Create(MeterName).CreateCounter<long>(
        "meta_collector_api_server_requests", description: "Requests to the API server, by verb, resource and HTTP status code (0 where no answer came).");

    /// <summary>Counts a request; code 0 means that no answer came.</summary>
    public void Requested(ApiRequest request, int code) =>
        _requests.Add(1, new("verb", request.Verb), new("resource", request.Resource), new("code", code));
}
