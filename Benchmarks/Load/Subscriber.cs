using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// A subscriber that costs next to nothing, so that it can stand beside what it measures: one connection, one Watch, and of each
/// event only what is measured is looked at. Flow control is that of HTTP/2's defaults. Not thread-safe.
/// </summary>
/// <param name="server">Where the server listens.</param>
/// <param name="node">Name of the node.</param>
/// <param name="expected">With how many events the stream counts as complete; 0 where that is not known.</param>
internal sealed class Subscriber(IPEndPoint server, string node, int expected) : IDisposable
{
    private readonly Socket _socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[2 * Http2Wire.LargestFrame];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _message = new byte[1024];
    private int _messageLength;
    private int _ungranted;
    private string _end = "the connection was closed";

    /// <summary>Where the server listens.</summary>
    public IPEndPoint Server => server;

    /// <summary>A new one for the same node.</summary>
    /// <param name="other">Where to.</param>
    public Subscriber At(IPEndPoint other) => new(other, node, expected);

    /// <summary>When it began to connect, when its first and its last event came, and when it was complete, by <see cref="Stopwatch"/>; 0 before.</summary>
    public long Started { get; private set; }

    /// <inheritdoc cref="Started"/>
    public long First { get; private set; }

    /// <inheritdoc cref="Started"/>
    public long Last { get; private set; }

    /// <inheritdoc cref="Started"/>
    public long Completed { get; private set; }

    /// <summary>Number of events.</summary>
    public int Events { get; private set; }

    /// <summary>Bytes of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether the server ended the stream or the connection.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether it reads; a stuck subscriber does not.</summary>
    public bool Reads { get; init; } = true;

    /// <summary>Stamps of changes, and when their events came.</summary>
    public List<(long Stamp, long Seen)> Changes { get; } = new(1024);

    /// <summary>Ends when the stream is complete, and fails when it ended before.</summary>
    public Task Complete => _complete.Task;

    /// <summary>Connects, and reads until it is disposed of.</summary>
    public async Task RunAsync()
    {
        Started = Stopwatch.GetTimestamp();
        try
        {
            await _socket.ConnectAsync(server);
            var selector = new Selector { NodeName = node };
            foreach (var kind in StreamClient.DefaultKinds) selector.ResourceKinds[kind] = "";
            await _socket.SendAsync(Http2Wire.Watch(server.ToString(), selector));
            if (Reads) await ReadAsync();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _end = exception.Message;
        }

        if (!Reads) return;
        HasEnded = true;
        _complete.TrySetException(new InvalidOperationException($"the stream of {node} ended after {Events} of {expected} events: {_end}"));
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        var held = 0;
        while (true)
        {
            var count = await _socket.ReceiveAsync(_received.AsMemory(held));
            if (count == 0) return;
            held += count;
            var consumed = 0;
            while (held - consumed >= Http2Wire.FrameHeader)
            {
                var header = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(consumed));
                var (size, type) = (Http2Wire.FrameHeader + (header >>> 8), (byte)header);
                if (held - consumed < size) break;
                var flags = _received[consumed + 4];
                if (await TakeAsync(type, flags, _received.AsMemory((consumed + Http2Wire.FrameHeader)..(consumed + size)))) return;
                consumed += size;
            }

            _received.AsSpan(consumed, held - consumed).CopyTo(_received);
            held -= consumed;
        }
    }

    // Whether that was the end.
    private async ValueTask<bool> TakeAsync(byte type, byte flags, Memory<byte> payload)
    {
        switch (type)
        {
            case Http2Wire.Data:
                TakeData((flags & Http2Wire.Padded) == 0 ? payload.Span : payload.Span[1..^payload.Span[0]]);
                _ungranted += payload.Length;
                if (_ungranted < Http2Wire.Window / 2) return false;
                var grant = Http2Wire.Grant(_ungranted);
                _ungranted = 0;
                await _socket.SendAsync(grant);
                return false;
            case Http2Wire.Settings when (flags & Http2Wire.Ack) == 0:
                await _socket.SendAsync(Http2Wire.Frame(Http2Wire.Settings, Http2Wire.Ack, 0, []));
                return false;
            case Http2Wire.Ping when (flags & Http2Wire.Ack) == 0:
                await _socket.SendAsync(Http2Wire.Frame(Http2Wire.Ping, Http2Wire.Ack, 0, payload.Span));
                return false;
            case Http2Wire.Headers when (flags & Http2Wire.EndStream) != 0:
            case Http2Wire.ResetStream or Http2Wire.GoAway:
                // Kestrel does not compress what a trailer says.
                _end = $"frame of type {type}: {Encoding.ASCII.GetString(payload.Span)}";
                return true;
            default:
                return false;
        }
    }

    private void TakeData(ReadOnlySpan<byte> data)
    {
        const int Prefix = 5;
        while (data.Length > 0)
        {
            var wanted = _messageLength < Prefix ? Prefix : Prefix + BinaryPrimitives.ReadInt32BigEndian(_message.AsSpan(1));
            if (wanted > _message.Length) Array.Resize(ref _message, Math.Max(wanted, _message.Length * 2));
            var part = data[..Math.Min(wanted - _messageLength, data.Length)];
            part.CopyTo(_message.AsSpan(_messageLength));
            _messageLength += part.Length;
            data = data[part.Length..];
            if (_messageLength < Prefix || _messageLength < Prefix + BinaryPrimitives.ReadInt32BigEndian(_message.AsSpan(1))) continue;
            TakeEvent(_message.AsSpan(Prefix, _messageLength - Prefix));
            _messageLength = 0;
        }
    }

    private void TakeEvent(ReadOnlySpan<byte> message)
    {
        Last = Stopwatch.GetTimestamp();
        if (First == 0) First = Last;
        Bytes += message.Length;
        if (++Events == expected)
        {
            Completed = Last;
            _complete.TrySetResult();
        }

        if (ChangeStamp.StampOf(message) is { } stamp) Changes.Add((stamp, Last));
    }
}
