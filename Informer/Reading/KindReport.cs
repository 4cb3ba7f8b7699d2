using MetaCollector.Informer.Storing;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer.Reading;

/// <summary>Reports the reading of one kind to status, metrics and log. Not thread-safe, like its reader.</summary>
internal sealed class KindReport(
    KindEndpoint endpoint, InformerStatus status, InformerMetrics metrics, Reachability reachability, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(30);

    private long? _malformedAt;
    private int _refused;
    private bool _isListed;

    private ResourceKind Kind => endpoint.Kind;

    public void Listing() => status.Set(Kind, KindState.Listing);

    public void ReceivedBytes(int bytes) => metrics.ReceivedBytes(Kind, bytes);

    public void Listed(int count, ListChanges changes, string way, TimeSpan elapsed)
    {
        _refused = 0;
        status.Set(Kind, KindState.Watching);
        status.Seen(Kind, time.GetUtcNow());
        _isListed = true;
        metrics.Listed(Kind, way);
        if (changes.Created > 0) metrics.Received(Kind, "create", changes.Created);
        if (changes.Updated > 0) metrics.Received(Kind, "update", changes.Updated);
        if (changes.Deleted > 0) metrics.Received(Kind, "delete", changes.Deleted);
        logger.Listed(Kind, count, (long)elapsed.TotalMilliseconds, way);
    }

    public void Received(string? type)
    {
        status.Seen(Kind, time.GetUtcNow());
        status.Late(Kind, isLate: false);
        if (type is not null) metrics.Received(Kind, type);
    }

    /// <summary>A list found changes that a silent watch should have brought.</summary>
    public void WatchesAreLate(ListChanges changes)
    {
        status.Late(Kind, isLate: true);
        metrics.WatchWasLate(Kind);
        reachability.WatchesAreLate(Kind, changes.Created + changes.Updated + changes.Deleted);
    }

    public void WatchEnded(string cause, string? resumeFrom)
    {
        metrics.WatchEnded(Kind, cause);
        if (resumeFrom is not null) logger.Resuming(Kind, cause, resumeFrom);
        // Logs once when a watch is lost, not for each attempt to list again.
        else if (_isListed) logger.ListingAgain(Kind, cause);
        if (resumeFrom is null) _isListed = false;
    }

    public void NoStreamingList(string reason) => logger.NoStreamingList(Kind, reason);

    public void Malformed(string reason)
    {
        metrics.Malformed(Kind);
        if (IsDue(ref _malformedAt)) logger.Malformed(Kind, reason);
    }

    /// <summary>The kind is refused or absent; logged once, until it was read again or the code changes.</summary>
    public void Refused(ApiException refusal)
    {
        var reason = $"{refusal.Code} {refusal.Message}";
        status.Set(Kind, KindState.Unknown, reason);
        if (_refused == refusal.Code) return;
        _refused = refusal.Code;
        if (refusal.Code == 403) logger.Forbidden(endpoint.Resource, reason);
        else logger.NotServed(endpoint.Resource, reason);
    }

    public void Failed(string reason)
    {
        status.Failed(Kind, reason);
        reachability.Failed(Kind, reason);
    }

    public void Reached(Uri url) => reachability.Reached(url);

    public void Lost(Uri url, string reason) => reachability.Lost(url, reason);

    public void Failing(Uri url, string reason) => reachability.Failing(url, reason);

    public void Unauthorized(Uri url, string reason) => reachability.Unauthorized(url, reason);

    private bool IsDue(ref long? loggedAt)
    {
        if (loggedAt is { } at && time.GetElapsedTime(at) < Repeat) return false;
        loggedAt = time.GetTimestamp();
        return true;
    }
}
