using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Wire;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>Reads a watch event by event.</summary>
internal sealed class WatchReader(HttpResponseMessage response, Stream stream) : IDisposable
{
    private readonly StreamReader _lines = new(stream, Encoding.UTF8);

    public int Code => (int)response.StatusCode;

    public string ContentType => response.Content.Headers.ContentType!.ToString();

    /// <summary>The next event of a JSON watch; null at its end.</summary>
    public async Task<Seen?> NextAsync()
    {
        var line = await _lines.ReadLineAsync(RawClient.Cancellation);
        if (line is null or "")
        {
            return null;
        }

        var read = Json.Parse(line);
        return new Seen(read["type"]!.Text!, read["object"]!);
    }

    /// <summary>The next events of a JSON watch.</summary>
    public async Task<IReadOnlyList<Seen>> TakeAsync(int count)
    {
        var events = new List<Seen>();
        while (events.Count < count && await NextAsync() is { } one)
        {
            events.Add(one);
        }

        return events;
    }

    /// <summary>The next event of a protobuf watch: its type, its object's envelope and message.</summary>
    public async Task<(string Type, Unknown Envelope)> NextFrameAsync()
    {
        var header = new byte[4];
        await stream.ReadExactlyAsync(header, RawClient.Cancellation);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
        await stream.ReadExactlyAsync(frame, RawClient.Cancellation);
        var read = WatchEvent.Parser.ParseFrom(frame);
        return (read.Type, Envelopes.Open(read.Object.Raw.ToByteArray()));
    }

    public void Dispose()
    {
        _lines.Dispose();
        response.Dispose();
    }
}

/// <summary>One event of a watch.</summary>
internal sealed record Seen(string Type, Json Object)
{
    public string? Name => Object.At("metadata", "name")?.Text;

    public string? Version => Object.At("metadata", "resourceVersion")?.Text;

    /// <summary>Its version, as a number.</summary>
    public long Number => long.Parse(Version!, CultureInfo.InvariantCulture);

    public string? Label(string name) => Object.At("metadata", "labels", name)?.Text;

    public override string ToString() => $"{Type} {Name}";
}

internal static class Envelopes
{
    public static Unknown Open(byte[] bytes)
    {
        Assert.Equal("k8s\0"u8.ToArray(), bytes[..4]);
        return Unknown.Parser.ParseFrom(bytes, 4, bytes.Length - 4);
    }
}
