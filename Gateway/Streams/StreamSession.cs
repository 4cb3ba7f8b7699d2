using Microsoft.AspNetCore.Connections.Features;

namespace MetaCollector.Gateway.Streams;

/// <summary>A stream's place among the <see cref="OpenStreams"/>, and the reason for its end. Thread-safe.</summary>
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

    /// <summary>The address that it is counted for; null for none.</summary>
    public string? Peer { get; }

    /// <summary>What it comes over; null where that is not known.</summary>
    public IConnectionLifetimeFeature? Connection { get; set; }

    /// <summary>Cancelled when the stream is to end, for whatever reason.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Why it ended; a fault of ours if nobody said why.</summary>
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
            // It ended by itself meanwhile.
        }

        return true;
    }

    /// <summary>The stream has ended.</summary>
    public void Dispose()
    {
        _streams.Closed(this);
        _ended.Dispose();
    }
}
