using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer;

/// <summary>Log messages of the informer.</summary>
internal static partial class Log
{
    [LoggerMessage(3002, LogLevel.Warning, "cannot reach the API server at {url}: {reason}; trying again")]
    public static partial void CannotReach(this ILogger logger, Uri url, string reason);

    [LoggerMessage(3013, LogLevel.Warning, "the API server at {url} cannot serve requests: {reason}; trying again")]
    public static partial void Failing(this ILogger logger, Uri url, string reason);

    [LoggerMessage(3003, LogLevel.Information, "the API server at {url} answers again")]
    public static partial void ReachedAgain(this ILogger logger, Uri url);

    [LoggerMessage(3004, LogLevel.Error,
        "the API server at {url} refuses the credentials of this replica (401 {reason}); reading the configuration again and trying again: check that the token or certificate is valid and not expired")]
    public static partial void Unauthorized(this ILogger logger, Uri url, string reason);

    [LoggerMessage(3005, LogLevel.Warning,
        "not allowed to list and watch {resource}: {reason}; going on without it and trying again: grant the verbs list and watch on {resource} to this account")]
    public static partial void Forbidden(this ILogger logger, string resource, string reason);

    [LoggerMessage(3006, LogLevel.Warning, "the API server does not serve {resource} ({reason}); going on without it and trying again")]
    public static partial void NotServed(this ILogger logger, string resource, string reason);

    [LoggerMessage(3007, LogLevel.Information, "listed {kind}: {count} objects in {elapsed} ms ({how})")]
    public static partial void Listed(this ILogger logger, ResourceKind kind, int count, long elapsed, string how);

    [LoggerMessage(3008, LogLevel.Debug, "watch of {kind} ended ({cause}); resuming from {resourceVersion}")]
    public static partial void Resuming(this ILogger logger, ResourceKind kind, string cause, string resourceVersion);

    [LoggerMessage(3009, LogLevel.Information, "watch of {kind} cannot be resumed ({cause}); listing again")]
    public static partial void ListingAgain(this ILogger logger, ResourceKind kind, string cause);

    [LoggerMessage(3010, LogLevel.Warning, "an object of kind {kind} cannot be decoded and is skipped: {reason}")]
    public static partial void Malformed(this ILogger logger, ResourceKind kind, string reason);

    [LoggerMessage(3011, LogLevel.Warning, "reading {kind} failed: {reason}; trying again")]
    public static partial void ReadingFailed(this ILogger logger, ResourceKind kind, string reason);

    [LoggerMessage(3012, LogLevel.Debug, "{kind}: no streaming list ({reason}); reading pages instead")]
    public static partial void NoStreamingList(this ILogger logger, ResourceKind kind, string reason);

    [LoggerMessage(3014, LogLevel.Warning,
        "watches arrive late or not at all: a list of {kind} found {changes} changes that its watch did not bring. "
        + "Is there a proxy between this replica and the API server that buffers? Until watches arrive, each kind is listed every --watch-idle-timeout")]
    public static partial void WatchesAreLate(this ILogger logger, ResourceKind kind, int changes);

    [LoggerMessage(3020, LogLevel.Information, "leading in term {term}")]
    public static partial void Leading(this ILogger logger, long term);

    [LoggerMessage(3021, LogLevel.Information, "in sync in term {term}: {objects} objects in {namespaces} namespaces, {elapsed} ms after taking over")]
    public static partial void Synced(this ILogger logger, long term, int objects, int namespaces, long elapsed);

    [LoggerMessage(3022, LogLevel.Information, "no longer leading, term {term} is over: {reason}")]
    public static partial void LeadsNoMore(this ILogger logger, long term, string reason);

    [LoggerMessage(3023, LogLevel.Debug, "namespace {namespace} could not be fed; trying again")]
    public static partial void FeedFailed(this ILogger logger, string @namespace, Exception exception);

    [LoggerMessage(3024, LogLevel.Error, "the informer failed; starting over")]
    public static partial void InformerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(3025, LogLevel.Information, "reading the API server at {url}")]
    public static partial void Reading(this ILogger logger, Uri url);
}
