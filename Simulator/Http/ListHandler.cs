using System.Collections.Immutable;
using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Selectors;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Http;

/// <summary>One page of a list: what it holds and where it goes on.</summary>
internal sealed record ListPage(long Revision, IReadOnlyList<StoredObject> Objects, string Continue, long? Remaining);

/// <summary>Reads lists by the rules of the real server: consistent pages, resourceVersion semantics.</summary>
internal sealed class ListHandler(ReadCache cache, FaultInjection faults, TimeProvider clock, TimeSpan patience)
{
    private const string InconsistentContinue =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
        + "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token "
        + "results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned "
        + "and now may show up in the list.";

    private readonly ObjectStore _store = cache.Store;

    public async Task<ListPage> ReadAsync(ResourceType type, ListOptions options, CancellationToken cancellation)
    {
        if (options.Continue.Length > 0)
        {
            faults.BeforeNextPage(type.Plural);
            return Next(type, options, ContinueToken.Parse(options.Continue));
        }

        await WaitForRevisionAsync(options.Revision, cancellation);
        var table = _store[type];
        var exact = options.Revision > 0
            && (options.ResourceVersionMatch == "Exact" || (options.ResourceVersionMatch.Length == 0 && options.Limit > 0));
        if (exact)
        {
            var past = PastStates.At(_store, table, options.Revision)
                ?? throw ApiException.Expired("The resourceVersion for the provided list is too old.");
            return Page(past, 0, options, options.Revision);
        }

        // Who names no version is answered from the store, whoever names one from the cache.
        var consistent = options.ResourceVersion.Length == 0;
        var (revision, objects) = _store.Write(() => consistent ? (_store.Revision, table.Objects) : FromCache(table));
        var unlimited = options.Limit <= 0 || options.ResourceVersion == "0";
        if (unlimited)
        {
            // Lists from the watch cache (resourceVersion=0) come whole, whatever limit is asked for.
            return new ListPage(revision, [.. objects.Values.Where(options.Selection.Matches)], "", null);
        }

        StoredObject[] all = [.. objects.Values];
        if (all.Length > options.Limit)
        {
            table.Keep(revision, all);
        }

        return Page(all, 0, options, revision);
    }

    /// <summary>Waits until the cache has come to a revision.</summary>
    /// <exception cref="ApiException">It does not come in time (504).</exception>
    public async Task WaitForRevisionAsync(long revision, CancellationToken cancellation)
    {
        var deadline = clock.GetTimestamp();
        while (cache.Revision < revision)
        {
            if (clock.GetElapsedTime(deadline) >= patience)
            {
                throw ApiException.TooLargeResourceVersion(revision, cache.Revision);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, cancellation);
        }
    }

    private (long Revision, ImmutableSortedDictionary<string, StoredObject> Objects) FromCache(ResourceTable table)
    {
        var (revision, objects, _) = cache.Read(table);
        return (revision, objects);
    }

    private ListPage Next(ResourceType type, ListOptions options, ContinueToken token)
    {
        var table = _store[type];
        var inconsistent = token.Revision == ContinueToken.Inconsistent;
        var (revision, objects) = inconsistent
            ? _store.Write(() => (_store.Revision, (StoredObject[]?)[.. table.Objects.Values]))
            : (token.Revision, PastStates.At(_store, table, token.Revision));
        if (objects is null)
        {
            throw ApiException.Expired(InconsistentContinue, new ContinueToken(ContinueToken.Inconsistent, token.Start).ToString());
        }

        var prefix = Prefix(options.Selection);
        return Page(objects, FirstFrom(objects, prefix + token.Start), options, revision);
    }

    private static ListPage Page(StoredObject[] all, int start, ListOptions options, long revision)
    {
        var prefix = Prefix(options.Selection);
        start = Math.Max(start, FirstFrom(all, prefix));
        var limit = options.Limit <= 0 ? int.MaxValue : (int)Math.Min(options.Limit, int.MaxValue);
        var found = new List<StoredObject>();
        var at = start;
        for (; at < all.Length && found.Count < limit && options.Selection.InScope(all[at]); at++)
        {
            if (options.Selection.Matches(all[at]))
            {
                found.Add(all[at]);
            }
        }

        if (at >= all.Length || !options.Selection.InScope(all[at]))
        {
            return new ListPage(revision, found, "", null);
        }

        var token = new ContinueToken(revision, all[at - 1].Key[prefix.Length..] + "\0");
        long? remaining = options.Selection.IsFiltered ? null : CountInScope(all, at, options.Selection);
        return new ListPage(revision, found, token.ToString(), remaining);
    }

    private static string Prefix(Selection selection) => selection.Namespace.Length == 0 ? "" : selection.Namespace + "/";

    private static long CountInScope(StoredObject[] all, int from, Selection selection)
    {
        if (selection.Namespace.Length == 0)
        {
            return all.Length - from;
        }

        // '0' follows '/': the end of the namespace's range.
        return FirstFrom(all, selection.Namespace + "0") - from;
    }

    private static int FirstFrom(StoredObject[] all, string key)
    {
        var (low, high) = (0, all.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(all[middle].Key, key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    public static JsonMap Metadata(ListPage page)
    {
        var metadata = new JsonMap(("resourceVersion", page.Revision.ToString(CultureInfo.InvariantCulture)));
        if (page.Continue.Length > 0)
        {
            metadata = metadata.With("continue", page.Continue);
        }

        return page.Remaining is { } remaining ? metadata.With("remainingItemCount", remaining) : metadata;
    }
}
