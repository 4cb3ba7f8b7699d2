using Microsoft.AspNetCore.Connections.Features;

namespace MetaCollector.Gateway.Streams;

/// <summary>One of the <see cref="OpenStreams"/>, and the reason for its end. Thread-safe.</summary>
internal sealed class StreamSession : IDisposable
{
    private readonly OpenStreams _streams;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _subscriberGone;
    private StreamEnd? _end;

    internal StreamSession(OpenStreams streams, string? peer, CancellationToken subscriberGone)
    {
        (_streams, Peer) = (streams, peer);
        _subscriberGone = subscriberGone;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(subscriberGone);
        Ended = _ended.Token;
    }

    /// <summary>The address for which the limit counts it; null for none.</summary>
    public string? Peer { get; }

    /// <summary>Its connection; null where it is not known.</summary>
    public IConnectionLifetimeFeature? Connection { get; set; }

    /// <summary>Cancelled when the stream is to end, for whatever reason.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Why it ended; <see cref="StreamEnd.Failed"/> if no reason was given.</summary>
    public StreamEnd Reason =>
        Volatile.Read(ref _end) ?? (_subscriberGone.IsCancellationRequested ? StreamEnd.SubscriberGone : StreamEnd.Failed);

    /// <summary>Ends the stream; the first reason given counts.</summary>
    /// <returns>Whether this one is the first.</returns>
    public bool End(StreamEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is not null) return false;
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream was disposed of meanwhile.
        }

        return true;
    }

    /// <summary>Removes the stream from the open streams.</summary>
    public void Dispose()
    {
        _streams.Closed(this);
        _ended.Dispose();
    }
}
