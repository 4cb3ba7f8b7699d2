using System.Net;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Informer.Connecting;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Reading;

/// <summary>
/// Reads one kind for as long as it runs: lists it, watches it from there, resumes what broke, and lists again where it cannot
/// resume. Never gives up and never throws. Not thread-safe.
/// </summary>
internal sealed class KindReader(
    KindEndpoint endpoint, IApiServer server, IResourceSink sink, ObjectDecoder decoder, InformerOptions options,
    KindReport report, Faults faults, TimeProvider time, Random random)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HealthyWatch = TimeSpan.FromSeconds(1);
    // A watch that the server ends so long before it was to, or later, was not cut.
    private static readonly TimeSpan OnTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StreamingRetry = TimeSpan.FromHours(1);
    private const int PatienceWithLaggingServer = 5;
    private const int PatienceWithFailedStreams = 3;
    private const int PatienceWithLostServer = 2;

    private readonly KindRequests _requests = new(endpoint, server, options, report, time);
    private readonly Backoff _backoff = new(FirstPause, options.LongestPause, random);

    // From where to resume; null when the kind is to be listed.
    private string? _resumeFrom;
    private long? _streamingRefusedAt;
    private long? _refusedAt;
    // The version of a watch that fell silent: what comes next is a list by pages, which ends, whatever holds watches back.
    private string? _silentAt;
    private long _heardAt = time.GetTimestamp();
    private int _tooLarge;
    private int _streamsFailed;
    private int _lost;
    private bool _isAnswered;
    // Whether the last watch ended in another way than it was asked to.
    private bool _wasCut;

    /// <summary>Reads until cancelled.</summary>
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

    private bool MayStream => options.UseStreamingLists
        && (_streamingRefusedAt is not { } at || time.GetElapsedTime(at) > StreamingRetry);

    // Over all watches since, and whatever ended them: a proxy may cut each of them short before it brought anything.
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

    // A server that was set back takes a watch from a version that it has not reached, says nothing until it has grown past it, and whatever
    // became of objects until then is lost. Its newest version tells, for one object at most.
    private async Task CheckNotSetBackAsync(string resumeFrom, CancellationToken cancellation)
    {
        var version = await new PagedList(endpoint, _requests, sink, decoder, options, report, time, random).ReadVersionAsync(cancellation);
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

    // Silence instead of a list is taken for a refusal too: pages always work.
    private static bool RefusesStreaming(Exception exception) =>
        exception is StreamingListIgnoredException or TimeoutException or ApiException { IsBadRequest: true };

    // Something between us and the server may not let a long answer through; and a server whose storage cannot report its progress
    // (an old etcd's) has no better word for it than an internal error.
    private bool FailsTooOften(Exception exception) =>
        exception is (IOException and not UnreachableException) or ApiException { Code: (int)HttpStatusCode.InternalServerError }
        && ++_streamsFailed >= PatienceWithFailedStreams;

    private async Task ListAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var list = new PagedList(endpoint, _requests, sink, decoder, options, report, time, random);
        var (objects, resourceVersion) = await list.ReadAsync(cancellation);
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

    // What went wrong decides how to go on, and after how long.
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
        // Told first: once the store knows it, all may be in sync.
        report.Refused(refusal);
        sink.SetUnknown(endpoint.Kind);
        return _backoff.Jitter(options.RefusalRetry);
    }

    // A server that was set back, and a proxy that buffers, keep a watch open and say nothing: only a list tells.
    private void ListAfterSilence()
    {
        _silentAt ??= _resumeFrom;
        _resumeFrom = null;
    }

    // A server that was away may come back with another state, and grow past the version that a watch would resume from. What stands before it
    // answers for it meanwhile (502, 503), or hangs up.
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
