using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>Opens watches: finds where they begin, and refuses those that begin in a past that is forgotten.</summary>
internal sealed class WatchHandler(ReadCache cache, ListHandler lists, OpenWatches watches, FaultInjection faults, SimulatorOptions options)
{
    public async Task ServeAsync(HttpContext context, RequestRecord request, ResourceType type, ListOptions asked, MediaType media)
    {
        var cancellation = context.RequestAborted;
        var initial = asked.SendInitialEvents ?? asked.ResourceVersion is "" or "0";
        var early = asked.SendInitialEvents == true ? await TooEarlyAsync(asked, cancellation) : null;
        var table = cache.Store[type];
        var (start, gone) = cache.Store.Write(() => (
            StartOf(table, asked, initial), !initial && asked.Revision > 0 && asked.Revision < table.Log.ForgottenRevision));
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
        var marks = asked is { SendInitialEvents: true, AllowWatchBookmarks: true };
        var session = new WatchSession(cache, type, asked.Selection, media, context.Response.BodyWriter, request, context.Abort)
        {
            After = start.After,
            BeforeMark = marks ? () => faults.BeforeMark(type.Plural) : null,
        };
        if (error is not null)
        {
            session.SendError(error);
            await session.FlushAsync(cancellation);
            return;
        }

        var id = watches.Add(session);
        try
        {
            await session.SendInitialAsync(start.Objects, cancellation);
            await session.FollowAsync(start.Next, Pace(asked, marks), options.Clock, cancellation);
        }
        finally
        {
            watches.Remove(id);
        }
    }

    private async Task<ApiException?> TooEarlyAsync(ListOptions asked, CancellationToken cancellation)
    {
        try
        {
            // Without a version the newest is meant.
            await lists.WaitForRevisionAsync(asked.ResourceVersion.Length == 0 ? cache.Store.Revision : asked.Revision, cancellation);
            return null;
        }
        catch (ApiException error)
        {
            return error;
        }
    }

    private WatchPace Pace(ListOptions asked, bool marks) => new(
        marks ? options.InitialEventsEndAfter : null,
        asked.AllowWatchBookmarks ? options.BookmarkInterval : Timeout.InfiniteTimeSpan,
        asked.TimeoutSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : options.WatchLifetime * (1 + Random.Shared.NextDouble()));

    private Start StartOf(ResourceTable table, ListOptions asked, bool initial)
    {
        var (revision, objects, next) = cache.Read(table);
        return initial ? new Start([.. objects.Values], next, Math.Max(revision, asked.Revision))
            : asked.ResourceVersion is "" or "0" ? new Start([], next, revision)
            : new Start([], table.Log.SequenceAfter(asked.Revision), asked.Revision);
    }

    private sealed record Start(StoredObject[] Objects, long Next, long After);
}
