using System.Net;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Reading;

/// <summary>
/// Reads one kind until it is cancelled: lists it, watches it from there, resumes a broken watch, and lists again if it cannot resume. Never
/// gives up and never throws. Not thread-safe.
/// </summary>
internal sealed class KindReader(
    KindEndpoint endpoint, IApiServer server, IResourceSink sink, ObjectDecoder decoder, InformerOptions options,
    KindReport report, Faults faults, TimeProvider time, Random random)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HealthyWatch = TimeSpan.FromSeconds(1);
    // A watch that ends at most this long before its timeout was not cut.
    private static readonly TimeSpan OnTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StreamingRetry = TimeSpan.FromHours(1);
    private const int PatienceWithLaggingServer = 5;
    private const int PatienceWithFailedStreams = 3;
    private const int PatienceWithLostServer = 2;

    private readonly KindRequests _requests = new(endpoint, server, options, report, time);
    private readonly Backoff _backoff = new(FirstPause, options.LongestPause, random);

    // The version to resume from; null if the kind has to be listed.
    private string? _resumeFrom;
    private long? _streamingRefusedAt;
    private long? _refusedAt;
    // The version of a watch that fell silent. The next list then uses pages: whatever holds back a watch would hold back a streaming list too.
    private string? _silentAt;
    private long _heardAt = time.GetTimestamp();
    private int _tooLarge;
    private int _streamsFailed;
    private int _lost;
    private bool _isAnswered;
    // Whether the last watch ended other than by its timeout.
    private bool _wasCut;

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            TimeSpan pause;
            try
            {
                await ReadAsync(cancellation);
                pause = TimeSpan.Zero;
            }
            catch (Exception exception)
            {
                if (cancellation.IsCancellationRequested) return;
                pause = TryJudge(exception);
            }

            if (pause <= TimeSpan.Zero) continue;
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private PagedList Pages => field ??= new PagedList(endpoint, _requests, sink, decoder, options, report, time, random);

    private bool MayStream => options.UseStreamingLists
        && (_streamingRefusedAt is not { } at || time.GetElapsedTime(at) > StreamingRetry);

    // Counts over several watches: a proxy may cut each of them before it brings anything.
    private TimeSpan PatienceWithSilence => options.WatchIdleTimeout - time.GetElapsedTime(_heardAt);

    private async Task ReadAsync(CancellationToken cancellation)
    {
        _isAnswered = false;
        if (_resumeFrom is not null && PatienceWithSilence <= TimeSpan.Zero) ListAfterSilence();
        if (_resumeFrom is null)
        {
            if (_refusedAt is null) report.Listing();
            if (_silentAt is null && MayStream && await TryStreamAsync(cancellation)) return;
            await ListAsync(cancellation);
            _wasCut = false;
        }

        if (_wasCut) await CheckNotSetBackAsync(_resumeFrom!, cancellation);
        await WatchAsync(_resumeFrom, cancellation);
    }

    // A server that was set back (restored from a backup) accepts a watch from a version that it has not reached, and sends nothing until it has
    // passed it: changes until then would be lost. Compares its newest version, which costs a list of one object.
    private async Task CheckNotSetBackAsync(string resumeFrom, CancellationToken cancellation)
    {
        var version = await Pages.ReadVersionAsync(cancellation);
        if (WatchSession.IsOlder(version, resumeFrom)) throw new WentBackException($"from {resumeFrom} to {version}");
    }

    private async Task<bool> TryStreamAsync(CancellationToken cancellation)
    {
        try
        {
            await WatchAsync(null, cancellation);
            return true;
        }
        catch (Exception exception) when (_resumeFrom is null && (RefusesStreaming(exception) || FailsTooOften(exception)))
        {
            report.NoStreamingList(exception.Message);
            _streamingRefusedAt = time.GetTimestamp();
            return false;
        }
    }

    // A timeout counts as a refusal too: pages always work.
    private static bool RefusesStreaming(Exception exception) =>
        exception is StreamingListIgnoredException or TimeoutException or ApiException { IsBadRequest: true };

    // A proxy may cut long responses; and a server whose etcd is too old to report its progress answers a streaming list with an internal
    // error.
    private bool FailsTooOften(Exception exception) =>
        exception is (IOException and not UnreachableException) or ApiException { Code: (int)HttpStatusCode.InternalServerError }
        && ++_streamsFailed >= PatienceWithFailedStreams;

    private async Task ListAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var (objects, resourceVersion) = await Pages.ReadAsync(cancellation);
        Listed(objects.Values, resourceVersion, "pages", started);
    }

    private async Task WatchAsync(string? from, CancellationToken cancellation)
    {
        _wasCut = true;
        var started = time.GetTimestamp();
        var duration = options.WatchDuration * (1 + random.NextDouble());
        using var response = await _requests.SendAsync(
            from is null ? endpoint.StreamingList(duration) : endpoint.Watch(from, duration), isWatch: true, cancellation);
        _isAnswered = true;
        WatchSession? session = null;
        BodyStream? reading = null;
        await using var body = reading = await _requests.BodyOfAsync(response, from is null ? options.ListIdleTimeout : PatienceWithSilence, Heard, cancellation);
        session = new WatchSession(endpoint, sink, decoder, report, from)
        {
            OnListed = objects =>
            {
                Listed(objects, session!.ResourceVersion!, "stream", started);
                body.Idle = options.WatchIdleTimeout;
            },
        };

        void Heard(int bytes)
        {
            if (bytes == 0) return;
            _heardAt = time.GetTimestamp();
            if (session is { IsListing: false }) reading!.Idle = options.WatchIdleTimeout;
        }

        try
        {
            await session.RunAsync(body, cancellation);
            if (session.IsListing) throw new EndOfStreamException("a streaming list ended before it was complete");
            if (!session.HasReceived && time.GetElapsedTime(started) < HealthyWatch)
                throw new EndOfStreamException("a watch ended as soon as it began");
            _wasCut = time.GetElapsedTime(started) < duration - OnTime;
            report.WatchEnded("timeout", session.ResourceVersion);
        }
        finally
        {
            if (!session.IsListing) _resumeFrom = session.ResourceVersion;
            if (session.HasReceived && !session.IsListing)
            {
                (_tooLarge, _lost) = (0, 0);
                _refusedAt = null;
                _backoff.Reset();
            }
        }
    }

    private void Listed(IReadOnlyCollection<Grains.Interfaces.Model.Resource> objects, string resourceVersion, string way, long started)
    {
        var changes = sink.Replace(endpoint.Kind, objects);
        if (_silentAt is { } silentAt && changes != default && !WatchSession.IsOlder(resourceVersion, silentAt)) report.WatchesAreLate(changes);
        _resumeFrom = resourceVersion;
        (_refusedAt, _silentAt, _heardAt) = (null, null, time.GetTimestamp());
        (_tooLarge, _streamsFailed, _lost) = (0, 0, 0);
        _backoff.Reset();
        report.Listed(objects.Count, changes, way, time.GetElapsedTime(started));
    }

    private TimeSpan TryJudge(Exception exception)
    {
        try
        {
            return Judge(exception);
        }
        catch (Exception fault)
        {
            faults.Healed(FaultyPart.Reader, endpoint.Resource, fault);
            _resumeFrom = null;
            return options.LongestPause;
        }
    }

    // Decides, from what failed, how to go on and after which pause.
    private TimeSpan Judge(Exception exception)
    {
        switch (exception)
        {
            case ApiException { Code: 401 } refusal:
                report.Unauthorized(server.Url, refusal.Message);
                return Ended("unauthorized");
            case ApiException { IsRefusal: true } refusal:
                return Refused(refusal);
            case ApiException { IsExpired: true }:
                return ListAgain("expired");
            case ApiException { IsTooLargeResourceVersion: true } failure:
                return ++_tooLarge < PatienceWithLaggingServer ? Ended("too large resourceVersion", failure) : ListAgain("too large resourceVersion");
            case ApiException { Code: 429 } busy:
                report.Failing(server.Url, $"{busy.Code} {busy.Message}");
                return Ended("too many requests", busy);
            case ApiException { Code: >= 500 } failure when _resumeFrom is null || !failure.Message.Contains("resourceVersion", StringComparison.Ordinal):
                report.Failing(server.Url, $"{failure.Code} {failure.Message}");
                return Away("server error", failure);
            case ApiException failure:
                report.Failed($"{failure.Code} {failure.Message}");
                return ListAgain("rejected", failure);
            case WentBackException:
                return ListAgain("went back");
            case TimeoutException:
                ListAfterSilence();
                return Ended("idle");
            case UnreachableException unreachable:
                report.Lost(server.Url, unreachable.Message);
                return Away("unreachable");
            case IOException or HttpRequestException or OperationCanceledException:
                return _isAnswered ? Ended("dropped") : Away("dropped");
            case InvalidDataException:
                report.Failed(exception.Message);
                return ListAgain("failed");
            default:
                faults.Healed(FaultyPart.Reader, endpoint.Resource, exception);
                return ListAgain("failed");
        }
    }

    private TimeSpan Refused(ApiException refusal)
    {
        _refusedAt ??= time.GetTimestamp();
        var left = options.RefusalGrace - time.GetElapsedTime(_refusedAt.Value);
        if (left > TimeSpan.Zero)
        {
            var pause = _backoff.Next();
            return pause < left ? pause : left;
        }

        _resumeFrom = null;
        // Reports first: SetUnknown may bring the leader in sync.
        report.Refused(refusal);
        sink.SetUnknown(endpoint.Kind);
        return _backoff.Jitter(options.RefusalRetry);
    }

    // A server that was set back, or a buffering proxy, keeps a watch open and sends nothing: only a list finds out.
    private void ListAfterSilence()
    {
        _silentAt ??= _resumeFrom;
        _resumeFrom = null;
    }

    // After an outage the server may have been set back, and may since have passed the version to resume from. During the outage a load balancer
    // may answer (502, 503), or close the connection.
    private TimeSpan Away(string cause, ApiException? failure = null) =>
        ++_lost < PatienceWithLostServer ? Ended(cause, failure) : ListAgain(cause, failure);

    private TimeSpan ListAgain(string cause, ApiException? failure = null)
    {
        _resumeFrom = null;
        return Ended(cause, failure);
    }

    private TimeSpan Ended(string cause, ApiException? failure = null)
    {
        report.WatchEnded(cause, _resumeFrom);
        return _backoff.Next(failure?.RetryAfter);
    }
}
