using System.Globalization;
using Grpc.Core;

namespace MetaCollector.Gateway.Streams;

/// <summary>Why a stream ends. Never with OK, which Falco's plugin takes for good.</summary>
/// <remarks>
/// ABORTED and its like make the plugin reconnect after a second; UNAVAILABLE, UNAUTHENTICATED, PERMISSION_DENIED and
/// FAILED_PRECONDITION double its back-off, up to two minutes, so none of them is used.
/// </remarks>
/// <param name="Cause">For logs and metrics.</param>
/// <param name="Status">What the subscriber is told.</param>
internal sealed record StreamEnd(string Cause, Status Status)
{
    /// <summary>The subscriber went away.</summary>
    public static StreamEnd SubscriberGone { get; } = new("subscriber gone", new Status(StatusCode.Cancelled, "the subscriber went away"));

    /// <summary>This replica stops.</summary>
    public static StreamEnd Shutdown { get; } = new("shutdown", new Status(StatusCode.Aborted, "this replica shuts down; reconnect"));

    /// <summary>The subscriber read nothing for longer than it may.</summary>
    public static StreamEnd Stuck { get; } =
        new("stuck", new Status(StatusCode.Aborted, "nothing was read for too long; reconnect to be sent everything again"));

    /// <summary>This replica has more streams than its share.</summary>
    public static StreamEnd Rebalanced(int limit, int replicas) => new(
        "rebalanced", new Status(StatusCode.Aborted, string.Create(
            CultureInfo.InvariantCulture, $"this replica has more streams than its share, at most {limit} on {replicas} replicas; reconnect")));

    /// <summary>There are too many streams.</summary>
    public static StreamEnd TooMany { get; } =
        new("too many streams", new Status(StatusCode.ResourceExhausted, "too many streams at this replica; try again"));

    /// <summary>A fault of ours.</summary>
    public static StreamEnd Failed { get; } = new("failed", new Status(StatusCode.Internal, "the stream failed; reconnect"));

    /// <summary>How an open stream may end.</summary>
    public static IReadOnlyList<StreamEnd> OfStreams { get; } = [SubscriberGone, Shutdown, Stuck, Rebalanced(0, 0), Failed];

    /// <summary>Why a stream may not be accepted.</summary>
    public static IReadOnlyList<StreamEnd> OfRefusals { get; } = [Shutdown, TooMany];
}

/// <summary>The subscriber read nothing for longer than <see cref="GatewayOptions.StuckStreamLimit"/>.</summary>
internal sealed class StreamStuckException : Exception;
