using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Diagnostics;

/// <summary>Log messages of the gateway.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "subscriber {Peer} watches node {Node}: {Kinds}")]
    public static partial void StreamOpened(ILogger logger, string peer, string node, KindSet kinds);

    [LoggerMessage(2, LogLevel.Information, "subscriber {Peer} of node {Node} ended after {Events} events: {Cause}")]
    public static partial void StreamEnded(ILogger logger, string peer, string node, long events, string cause);

    [LoggerMessage(EventId = 3, Message = "subscriber {Peer} was refused: {Reason}")]
    public static partial void StreamRefused(ILogger logger, LogLevel level, System.Net.IPAddress? peer, string reason);

    [LoggerMessage(4, LogLevel.Error, "the stream of node {Node} to {Peer} failed")]
    public static partial void StreamFailed(ILogger logger, string peer, string node, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "stopping: ending {Streams} streams within {Seconds} s, so that they reconnect to other replicas")]
    public static partial void Draining(ILogger logger, int streams, double seconds);

    [LoggerMessage(6, LogLevel.Warning, "cannot subscribe to node {Node}, and perhaps to other nodes; trying again")]
    public static partial void SubscribeFailed(ILogger logger, string node, Exception exception);

    [LoggerMessage(7, LogLevel.Debug, "could not unsubscribe from node {Node}")]
    public static partial void UnsubscribeFailed(ILogger logger, string node, Exception exception);

    [LoggerMessage(8, LogLevel.Error,
        "{Kind} {Namespace}/{Name} is not sent to subscribers: its event would exceed {Limit} bytes, which ends their streams")]
    public static partial void ResourceTooLarge(ILogger logger, ResourceKind kind, string @namespace, string name, int limit);

    [LoggerMessage(9, LogLevel.Information, "{Streams} streams are more than this replica's share, at most {Limit} on {Replicas} replicas: moving some to other replicas")]
    public static partial void Rebalancing(ILogger logger, int streams, int limit, int replicas);

    [LoggerMessage(10, LogLevel.Warning,
        "{Streams} streams are still more than this replica's share, at most {Limit} on {Replicas} replicas, although many were moved: "
        + "they reconnect here, as with a Service that has sessionAffinity; no more are moved until the number of replicas changes")]
    public static partial void RebalancingIsFutile(ILogger logger, int streams, int limit, int replicas);

    [LoggerMessage(11, LogLevel.Debug, "a replica does not answer how many streams it has; no streams are moved meanwhile")]
    public static partial void StreamsUnknown(ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Warning, "{Reason}: {Outcome}")]
    public static partial void ForeignSubscriber(ILogger logger, string reason, string outcome);

    [LoggerMessage(15, LogLevel.Warning,
        "a subscriber of node {Node} comes from loopback, which is not checked: behind a sidecar (a service mesh) every subscriber does, "
        + "and --authorize-nodes enforce protects nothing; take the broker's port out of the mesh, or take loopback out of --authorize-exempt")]
    public static partial void LoopbackUnchecked(ILogger logger, string node);

    [LoggerMessage(13, LogLevel.Debug, "cannot ask the leader which node {Address} belongs to")]
    public static partial void AddressesUnknown(ILogger logger, string address, Exception exception);

    [LoggerMessage(14, LogLevel.Information, "subscribed to all nodes again; {Nodes} were not subscribed to for a while")]
    public static partial void SubscribedAgain(ILogger logger, int nodes);
}
