using System.Globalization;
using Grpc.Core;

namespace MetaCollector.Gateway.Streams;

/// <summary>Why a stream ends. Never with OK: Falco's plugin would not reconnect.</summary>
/// <remarks>
/// After UNAVAILABLE, UNAUTHENTICATED, PERMISSION_DENIED and FAILED_PRECONDITION the plugin doubles its back-off, up to two minutes: for
/// subscribers that should not reconnect soon, because there are too many or they are not allowed. After ABORTED and other statuses it
/// reconnects after a second.
/// </remarks>
/// <param name="Cause">For logs and metrics.</param>
/// <param name="Status">The status that the subscriber gets.</param>
internal sealed record StreamEnd(string Cause, Status Status)
{
    public static StreamEnd SubscriberGone { get; } = new("subscriber gone", new Status(StatusCode.Cancelled, "the subscriber went away"));

    public static StreamEnd Shutdown { get; } = new("shutdown", new Status(StatusCode.Aborted, "this replica shuts down; reconnect"));

    public static StreamEnd Stuck { get; } =
        new("stuck", new Status(StatusCode.Aborted, "nothing was read for too long; reconnect to be sent everything again"));

    public static StreamEnd Rebalanced(int limit, int replicas) => new(
        "rebalanced", new Status(StatusCode.Aborted, string.Create(
            CultureInfo.InvariantCulture, $"this replica has more streams than its share, at most {limit} on {replicas} replicas; reconnect")));

    /// <summary>The subscriber asks for another node than its own. It should back off, since only a change in the cluster can help.</summary>
    public static StreamEnd OtherNode(string address, string home, string node) => new(
        "other node", new Status(StatusCode.PermissionDenied,
            $"{address} is an address of node {home}, and {node} was asked for: a subscriber may ask for its own node only (--authorize-nodes)"));

    /// <summary>The leader does not know the subscriber's address, or cannot be asked.</summary>
    public static StreamEnd UnknownAddress(string address, string node, bool isAnswered) => new(
        "unknown address", new Status(StatusCode.Aborted, isAnswered
            ? $"{address} is no address of any pod or host that is known, and {node} was asked for; reconnect, or add it to --authorize-exempt"
            : $"no leader can be asked now whether {address} is an address of {node}; reconnect"));

    public static StreamEnd TooMany { get; } =
        new("too many streams", new Status(StatusCode.Unavailable, "too many streams at this replica (--max-streams); try again later"));

    public static StreamEnd TooManyOfPeer { get; } =
        new("too many streams of a peer", new Status(StatusCode.Unavailable, "too many streams from this address (--max-streams-per-peer); try again later"));

    public static StreamEnd MemoryLow { get; } =
        new("memory low", new Status(StatusCode.Unavailable, "this replica is short of memory (--memory-high-water); try again later"));

    /// <summary>An unexpected exception.</summary>
    public static StreamEnd Failed { get; } = new("failed", new Status(StatusCode.Internal, "the stream failed; reconnect"));

    /// <summary>How an open stream may end.</summary>
    public static IReadOnlyList<StreamEnd> OfStreams { get; } = [SubscriberGone, Shutdown, Stuck, Rebalanced(0, 0), OtherNode("", "", ""), UnknownAddress("", "", true), Failed];

    /// <summary>Why a stream may not be accepted.</summary>
    public static IReadOnlyList<StreamEnd> OfRefusals { get; } = [Shutdown, TooMany, TooManyOfPeer, MemoryLow];
}

/// <summary>The subscriber read nothing for longer than <see cref="GatewayOptions.StuckStreamLimit"/>.</summary>
internal sealed class StreamStuckException : Exception;
