using Google.Protobuf;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>
/// Raw bytes at the port of a running collector: HTTP/2 frames of every sort, half right, and what is no HTTP/2 at all. It may close the
/// connection, and has to go on serving others with hardly more memory. Not thread-safe.
/// </summary>
/// <param name="collector">The collector.</param>
/// <param name="node">A node that a good subscriber gets events for.</param>
/// <param name="seed">What chance begins with.</param>
internal sealed class BrokerFuzz(CollectorProcess collector, string node, int seed)
{
    private const int FrameTypes = 11;
    private const byte Data = 0, Headers = 1, Settings = 4, EndHeaders = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Random _dice = new(seed);
    private readonly Mutations _mutations = new(new Random(seed));
    private readonly byte[] _buffer = new byte[4096];

    /// <summary>How many connections were made.</summary>
    public long Connections { get; private set; }

    /// <summary>One connection with something wrong about it.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        await BadConnection.MakeAsync(collector.BrokerPort, Conversation, _dice, _buffer, cancellation);
        Connections++;
    }

    /// <summary>Whether the collector still serves a good subscriber.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        if (collector.Process.HasExited) throw new InvalidOperationException($"the collector ended:\n{collector.Process.Tail}");
        await using var good = new StreamClient(collector.Broker, node, expected: 1);
        await good.Complete.WaitAsync(Patience, cancellation);
    }

    private byte[] Conversation()
    {
        if (_dice.Next(8) == 0) return _mutations.Anything(4096);
        using var bytes = new MemoryStream();
        bytes.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Frame(bytes, Settings, 0, 0, []);
        Frame(bytes, Headers, EndHeaders, 1, Request());
        var selector = new Selector { NodeName = node, ResourceKinds = { ["Pod"] = "" } }.ToByteArray();
        byte[] message = [0, 0, 0, 0, (byte)selector.Length, .. selector];
        Frame(bytes, Data, (byte)_dice.Next(2), 1, _dice.Next(2) == 0 ? message : _mutations.Of(message));
        for (var more = _dice.Next(6); more > 0; more--)
            Frame(bytes, (byte)_dice.Next(FrameTypes), (byte)_dice.Next(256), _dice.Next(5), _mutations.Anything(64));
        return _dice.Next(3) == 0 ? bytes.ToArray() : _mutations.Of(bytes.ToArray());
    }

    // Literal headers, as RFC 7541 6.2.2 has them: nothing indexed, nothing compressed.
    private static byte[] Request()
    {
        using var block = new MemoryStream();
        (string Name, string Value)[] headers =
        [
            (":method", "POST"), (":scheme", "http"), (":path", "/metadata.Metadata/Watch"), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ];
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            block.WriteByte((byte)name.Length);
            block.Write(System.Text.Encoding.ASCII.GetBytes(name));
            block.WriteByte((byte)value.Length);
            block.Write(System.Text.Encoding.ASCII.GetBytes(value));
        }

        return block.ToArray();
    }

    private static void Frame(MemoryStream bytes, byte type, byte flags, int stream, byte[] payload)
    {
        bytes.Write([(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags]);
        bytes.Write([(byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream]);
        bytes.Write(payload);
    }
}
