using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Google.Protobuf;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Reading;

/// <summary>
/// One watch request, from its first event to its end. A streaming list is a watch that begins with all objects; a bookmark with an annotation
/// marks the end of them. Not thread-safe.
/// </summary>
internal sealed class WatchSession(
    KindEndpoint endpoint, IResourceSink sink, ObjectDecoder decoder, KindReport report, string? resumeFrom)
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    private static readonly MessageParser<Wire.Bookmark> Bookmarks = Wire.Bookmark.Parser.WithDiscardUnknownFields(true);

    // The objects of a streaming list so far; null once it is complete.
    private Dictionary<Uid, Resource>? _listing = resumeFrom is null ? [] : null;

    /// <summary>The version of the last event; null before a streaming list is complete.</summary>
    public string? ResourceVersion { get; private set; } = resumeFrom;

    /// <summary>Whether a streaming list is not complete yet.</summary>
    public bool IsListing => _listing is not null;

    public bool HasReceived { get; private set; }

    /// <summary>Called with the objects when a streaming list is complete.</summary>
    public required Action<IReadOnlyCollection<Resource>> OnListed { get; init; }

    /// <summary>Reads events until the server ends the watch.</summary>
    /// <exception cref="ApiException">The server ended it with an ERROR event.</exception>
    /// <exception cref="StreamingListIgnoredException">The server does not know streaming lists.</exception>
    /// <exception cref="WentBackException">The server's state is older than what was seen before.</exception>
    public async Task RunAsync(Stream body, CancellationToken cancellation)
    {
        var frames = new WatchFrames(PipeReader.Create(body));
        while (await frames.NextAsync(cancellation) is { } frame)
        {
            HasReceived = true;
            try
            {
                var (type, envelope) = Envelope.Open(frame);
                Apply(type, envelope);
            }
            catch (MalformedObjectException exception)
            {
                report.Malformed(exception.Message);
            }
        }
    }

    private void Apply(string type, ReadOnlySequence<byte> envelope)
    {
        switch (type)
        {
            case WatchEventTypes.Error:
                throw StatusReader.From(envelope);
            case WatchEventTypes.Bookmark:
                Bookmark(envelope);
                break;
            case WatchEventTypes.Added or WatchEventTypes.Modified or WatchEventTypes.Deleted:
                var (resource, version) = decoder.Decode(endpoint.Kind, Envelope.TakeOff(envelope));
                if (_listing is not null) Collect(type, resource);
                else Change(type, resource, version);
                break;
            default:
                throw new MalformedObjectException($"an event of type {type}");
        }
    }

    private void Bookmark(ReadOnlySequence<byte> envelope)
    {
        Wire.BookmarkMeta metadata;
        try
        {
            metadata = Bookmarks.ParseFrom(Envelope.TakeOff(envelope)).Metadata ?? new Wire.BookmarkMeta();
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new MalformedObjectException(exception.Message, exception);
        }

        if (_listing is { } listed)
        {
            if (!metadata.Annotations.ContainsKey(InitialEventsEnd)) throw new StreamingListIgnoredException();
            _listing = null;
            ResourceVersion = metadata.ResourceVersion;
            OnListed(listed.Values);
            return;
        }

        Advance(metadata.ResourceVersion);
        report.Received(null);
    }

    private void Collect(string type, Resource resource)
    {
        if (type == WatchEventTypes.Deleted) _listing!.Remove(resource.Uid);
        else _listing![resource.Uid] = sink.Canonical(resource);
    }

    private void Change(string type, Resource resource, string version)
    {
        Advance(version);
        using var traced = ChangeTrace.Begin();
        traced?.SetTag("k8s.resource.kind", ResourceKinds.NameOf(resource.Kind)).SetTag("k8s.namespace.name", resource.Namespace)
            .SetTag("k8s.resource.name", resource.Name).SetTag("metacollector.event", type);
        if (type == WatchEventTypes.Deleted) sink.Remove(resource);
        else sink.Set(resource);
        report.Received(type switch
        {
            WatchEventTypes.Added => "create",
            WatchEventTypes.Modified => "update",
            _ => "delete",
        });
    }

    // Versions of one resource only grow. A lower one means that the server was set back: what we hold may not exist any more.
    private void Advance(string version)
    {
        if (version.Length == 0) return;
        if (ResourceVersion is { } last && IsOlder(version, last))
            throw new WentBackException($"from {ResourceVersion} to {version}");
        ResourceVersion = version;
    }

    /// <summary>Whether a version is older than another; false if they are not numbers.</summary>
    public static bool IsOlder(string version, string than) => TryParse(version, out var one) && TryParse(than, out var other) && one < other;

    private static bool TryParse(string? version, out ulong number) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>The server answered a streaming list as an ordinary watch.</summary>
internal sealed class StreamingListIgnoredException() : Exception("the server ignores sendInitialEvents");

/// <summary>The server's state is older than what was seen before, e.g. because it was restored from a backup.</summary>
internal sealed class WentBackException(string message) : Exception(message);
