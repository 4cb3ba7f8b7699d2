using Grpc.Core;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Gateway.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway;

/// <summary>The service that subscribers call. One instance for all calls; thread-safe.</summary>
internal sealed class MetadataService(
    NodeViews views, OpenStreams streams, BodyCache bodies, IOptions<GatewayOptions> options, GatewayMetrics metrics,
    TimeProvider time, ILogger<MetadataService> logger) : MetadataServiceBase
{
    /// <inheritdoc/>
    public override async Task Watch(Selector request, IServerStreamWriter<ReadyEvent> responseStream, ServerCallContext context)
    {
        var subscription = Subscription.Parse(request, options.Value.Kinds);
        using var session = streams.Open(context.CancellationToken);
        Log.StreamOpened(logger, context.Peer, subscription.Node, subscription.Kinds);
        var stream = views.Open(subscription.Node, subscription.Kinds);
        stream.Progress.Peer = context.Peer;
        var sink = new GrpcEventSink(responseStream, context.GetHttpContext().Response.BodyWriter);
        var pump = new StreamPump(stream, sink, bodies, options.Value, metrics, time);
        try
        {
            // Tells the subscriber that it is connected, however long the node takes to be complete.
            await context.WriteResponseHeadersAsync([]);
            await pump.RunAsync(session.Ended);
        }
        catch (StreamStuckException)
        {
            session.End(StreamEnd.Stuck);
        }
        catch (Exception exception)
        {
            if (!session.Ended.IsCancellationRequested && exception is not OperationCanceledException)
                Log.StreamFailed(logger, context.Peer, subscription.Node, exception);
        }
        finally
        {
            views.Close(stream);
        }

        // What is unread would keep the connection, and with it the program, from ending.
        if (pump.LeavesUnread) context.GetHttpContext().Abort();
        Log.StreamEnded(logger, context.Peer, subscription.Node, stream.Progress.Written, session.Reason.Cause);
        throw new RpcException(session.Reason.Status);
    }
}
