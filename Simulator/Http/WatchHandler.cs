using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>Opens watches: finds where they begin, and refuses those that begin in a past that is forgotten.</summary>
internal sealed class WatchHandler(ObjectStore store, ListHandler lists, OpenWatches watches, FaultInjection faults, SimulatorOptions options)
{
    public async Task ServeAsync(HttpContext context, RequestRecord request, ResourceType type, ListOptions asked, MediaType media)
    {
        var cancellation = context.RequestAborted;
        var initial = asked.ResourceVersion is "" or "0" ? asked.SendInitialEvents ?? true : asked.SendInitialEvents ?? false;
        var early = initial ? await TooEarlyAsync(asked.Revision, cancellation) : null;
        var table = store[type];
        var (start, gone) = store.Write(() => (
            new Start(store.Revision, initial ? [.. table.Objects.Values] : [], Position(table, asked, initial)),
            !initial && asked.Revision > 0 && asked.Revision < table.Log.ForgottenRevision));
        gone |= asked.Revision > 0 && faults.TakeExpiry(type.Plural);
        var error = gone
            ? ApiException.Expired($"too old resource version: {asked.Revision} ({table.Log.ForgottenRevision})")
            : early;
        if (gone && options.GoneAnswer == GoneAnswer.AsStatusCode)
        {
            throw error!;
        }

        Answers.Begin(context, request, 200, media.StreamContentType);
        await context.Response.StartAsync(cancellation);
        await context.Response.BodyWriter.FlushAsync(cancellation);
        var session = new WatchSession(store, type, asked.Selection, media, context.Response.BodyWriter, request, context.Abort) { After = asked.Revision };
        if (error is not null)
        {
            session.SendError(error);
            await session.FlushAsync(cancellation);
            return;
        }

        var id = watches.Add(session);
        try
        {
            await FollowAsync(session, start, asked, initial, cancellation);
        }
        finally
        {
            watches.Remove(id);
        }
    }

    private async Task<ApiException?> TooEarlyAsync(long revision, CancellationToken cancellation)
    {
        try
        {
            await lists.WaitForRevisionAsync(revision, cancellation);
            return null;
        }
        catch (ApiException error)
        {
            return error;
        }
    }

    private async Task FollowAsync(WatchSession session, Start start, ListOptions asked, bool initial, CancellationToken cancellation)
    {
        if (initial)
        {
            long? mark = asked is { SendInitialEvents: true, AllowWatchBookmarks: true } ? start.Revision : null;
            await session.SendInitialAsync(start.Objects, mark, cancellation);
        }

        var lifetime = asked.TimeoutSeconds is { } seconds and > 0
            ? TimeSpan.FromSeconds(seconds)
            : options.WatchLifetime * (1 + Random.Shared.NextDouble());
        await session.FollowAsync(
            start.Next, asked.AllowWatchBookmarks ? options.BookmarkInterval : null, lifetime, options.Clock, cancellation);
    }

    private static long Position(ResourceTable table, ListOptions asked, bool initial) =>
        initial || asked.ResourceVersion is "" or "0" ? table.Log.Next : table.Log.SequenceAfter(asked.Revision);

    private sealed record Start(long Revision, StoredObject[] Objects, long Next);
}
