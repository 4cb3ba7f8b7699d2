using Grpc.Core;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Gateway.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway;

/// <summary>The service that subscribers call. One instance for all calls; thread-safe.</summary>
internal sealed class MetadataService(
    NodeViews views, OpenStreams streams, SubscriberCheck check, BodyCache bodies, IOptions<GatewayOptions> options, GatewayMetrics metrics,
    TimeProvider time, ILogger<MetadataService> logger) : MetadataServiceBase
{
    public override async Task Watch(Selector request, IServerStreamWriter<ReadyEvent> responseStream, ServerCallContext context)
    {
        var subscription = Subscription.Parse(request, options.Value.Kinds);
        var peer = context.GetHttpContext().Connection.RemoteIpAddress;
        using var session = streams.Open(peer, context.CancellationToken);
        session.Connection = context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>();
        Log.StreamOpened(logger, context.Peer, subscription.Node, subscription.Kinds);
        var checking = Task.CompletedTask;
        StreamPump? pump = null;
        long written = 0;
        try
        {
            // Shows the subscriber that it is connected, even if its first event takes long.
            await context.WriteResponseHeadersAsync([]);
            checking = check.RunAsync(peer, subscription.Node, session);
            if (check.IsEnforced) await checking;
            session.Ended.ThrowIfCancellationRequested();
            var stream = views.Open(subscription.Node, subscription.Kinds);
            stream.Progress.Peer = context.Peer;
            try
            {
                var sink = new GrpcEventSink(responseStream, context.GetHttpContext().Response.BodyWriter);
                pump = new StreamPump(stream, sink, bodies, options.Value, metrics, time);
                await pump.RunAsync(session.Ended);
            }
            finally
            {
                written = stream.Progress.Written;
                views.Close(stream);
            }
        }
        catch (StreamStuckException)
        {
            session.End(StreamEnd.Stuck);
        }
        catch (OperationCanceledException)
        {
            // The session ended; or a write failed because the subscriber is gone, before gRPC cancelled the call.
            session.End(session.Ended.IsCancellationRequested ? session.Reason : StreamEnd.SubscriberGone);
        }
        catch (Exception exception)
        {
            if (!session.Ended.IsCancellationRequested) Log.StreamFailed(logger, context.Peer, subscription.Node, exception);
        }

        // Also ends the check.
        session.End(session.Reason);
        await checking;
        // Unread data would keep the connection open, and the program from stopping.
        if (pump is { LeavesUnread: true }) context.GetHttpContext().Abort();
        Log.StreamEnded(logger, context.Peer, subscription.Node, written, session.Reason.Cause);
        throw new RpcException(session.Reason.Status);
    }
}
