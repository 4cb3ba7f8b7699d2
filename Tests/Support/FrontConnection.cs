using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;

namespace MetaCollector.Tests.Support;

/// <summary>One connection of a <see cref="FrontEnd"/>: HTTP/2 is handed on frame by frame, so that frames can be put in between.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A write may still wait for the semaphore, which holds no handle, when the connection is over.")]
internal sealed class FrontConnection(FrontEnd front, Socket client)
{
    private const int PrefaceLength = 24;
    private const int HeaderLength = 9;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const uint EnhanceYourCalm = 11;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private SslStream? _tls;
    private int _pings;

    /// <summary>The protocol that was agreed on.</summary>
    public string Protocol { get; private set; } = "";

    /// <summary>Drops it.</summary>
    public void Reset()
    {
        try
        {
            client.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }

        client.Dispose();
    }

    /// <summary>Tells the client to send no more; what is under way goes on.</summary>
    public async Task GoAwayAsync(uint error)
    {
        if (_tls is not { } tls || Protocol != "h2") return;
        var frame = new byte[HeaderLength + 8];
        (frame[2], frame[3]) = (8, GoAway);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(HeaderLength), int.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(HeaderLength + 4), error);
        await WriteAsync(tls, frame);
    }

    /// <summary>Hands on both ways until either end is over.</summary>
    public async Task RelayAsync(SslStream tls, Stream server, CancellationToken cancellation)
    {
        _tls = tls;
        Protocol = tls.NegotiatedApplicationProtocol.ToString();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] both = Protocol == "h2"
            ? [RequestFramesAsync(tls, server, over.Token), AnswerFramesAsync(server, tls, over.Token)]
            : [RequestBytesAsync(tls, server, over.Token), server.CopyToAsync(tls, over.Token)];
        await Task.WhenAny(both);
        await over.CancelAsync();
        await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RequestBytesAsync(SslStream from, Stream to, CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            front.Count(count);
            await to.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }
    }

    private async Task RequestFramesAsync(SslStream from, Stream to, CancellationToken cancellation)
    {
        var preface = new byte[PrefaceLength];
        await from.ReadExactlyAsync(preface, cancellation);
        front.Count(PrefaceLength);
        await to.WriteAsync(preface, cancellation);
        while (true)
        {
            var frame = await ReadAsync(from, cancellation);
            front.Count(frame.Length);
            if (frame[3] == Ping && (frame[4] & 1) == 0 && !front.IsCalm(++_pings))
            {
                await GoAwayAsync(EnhanceYourCalm);
                return;
            }

            await to.WriteAsync(frame, cancellation);
        }
    }

    private async Task AnswerFramesAsync(Stream from, SslStream to, CancellationToken cancellation)
    {
        while (true) await WriteAsync(to, await ReadAsync(from, cancellation));
    }

    private async Task WriteAsync(SslStream to, byte[] frame)
    {
        await _writing.WaitAsync();
        try
        {
            await to.WriteAsync(frame);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static async Task<byte[]> ReadAsync(Stream from, CancellationToken cancellation)
    {
        var header = new byte[HeaderLength];
        await from.ReadExactlyAsync(header, cancellation);
        var frame = new byte[HeaderLength + ((header[0] << 16) | (header[1] << 8) | header[2])];
        header.CopyTo(frame, 0);
        await from.ReadExactlyAsync(frame.AsMemory(HeaderLength), cancellation);
        return frame;
    }
}
