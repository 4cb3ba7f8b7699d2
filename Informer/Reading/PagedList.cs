using System.IO.Pipelines;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Reading;

/// <summary>Lists a kind page by page, in one consistent state.</summary>
internal sealed class PagedList(
    KindEndpoint endpoint, KindRequests requests, IResourceSink sink, ObjectDecoder decoder, InformerOptions options,
    KindReport report, TimeProvider time, Random random)
{
    private const int PatienceWithAPage = 6;

    public async Task<(Dictionary<Uid, Resource> Objects, string ResourceVersion)> ReadAsync(CancellationToken cancellation)
    {
        var limit = options.PageSize;
        for (var restarts = 0; ; restarts++)
        {
            try
            {
                return await ReadAsync(limit, cancellation);
            }
            catch (ApiException exception) when (exception.IsExpired && restarts < 2)
            {
                // The server compacted the state of the list. After the second time, request all objects at once: more work for the server,
                // but it cannot expire half-way.
                if (restarts == 1) limit = 0;
            }
        }
    }

    /// <summary>The newest resourceVersion, from a list of at most one object.</summary>
    public async Task<string> ReadVersionAsync(CancellationToken cancellation) =>
        (await ReadPageAsync(endpoint.One, _ => { }, isFirst: true, cancellation)).ResourceVersion;

    private async Task<(Dictionary<Uid, Resource> Objects, string ResourceVersion)> ReadAsync(int limit, CancellationToken cancellation)
    {
        var objects = new Dictionary<Uid, Resource>();
        string? token = null;
        while (true)
        {
            var page = await ReadPageAsync(endpoint.List(limit, token), item => Add(objects, item), isFirst: token is null, cancellation);
            token = page.Continue;
            if (token.Length > 0) continue;
            if (page.ResourceVersion.Length == 0) throw new InvalidDataException("a list without resourceVersion");
            return (objects, page.ResourceVersion);
        }
    }

    // Waits for a server that is busy half-way; starting over would make it busier.
    private async Task<Wire.ListMeta> ReadPageAsync(
        string pathAndQuery, Action<System.Buffers.ReadOnlySequence<byte>> onItem, bool isFirst, CancellationToken cancellation)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(500), options.LongestPause, random);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await requests.SendAsync(pathAndQuery, isWatch: false, cancellation);
                await using var body = await requests.BodyOfAsync(response, options.ListIdleTimeout, received: null, cancellation);
                return await new ListBody(PipeReader.Create(body)).ReadAsync(onItem, cancellation);
            }
            catch (ApiException exception) when (!isFirst && attempt < PatienceWithAPage && exception.Code is 429 or 503)
            {
                await Task.Delay(backoff.Next(exception.RetryAfter), time, cancellation);
            }
        }
    }

    private void Add(Dictionary<Uid, Resource> objects, System.Buffers.ReadOnlySequence<byte> item)
    {
        try
        {
            var resource = sink.Canonical(decoder.Decode(endpoint.Kind, item).Resource);
            objects[resource.Uid] = resource;
        }
        catch (MalformedObjectException exception)
        {
            report.Malformed(exception.Message);
        }
    }
}
