using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using MetaCollector.Gateway.Wire;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Benchmarks.Load;

/// <summary>A label that says when an object was changed, so that whoever receives the change knows how long it took.</summary>
internal static class ChangeStamp
{
    private const string Label = "changed-at";

    /// <summary>The object, changed now.</summary>
    public static KubernetesObject Put(KubernetesObject current) =>
        current.Labelled(New(Stopwatch.GetTimestamp()));

    /// <summary>The label of an object that began to change at <paramref name="stamp"/>.</summary>
    public static (string Key, string Value) New(long stamp) => (Label, stamp.ToString(CultureInfo.InvariantCulture));

    /// <summary>When, by <see cref="Stopwatch"/>, the change began that a Create or an Update tells of; null for any other event.</summary>
    /// <param name="message">An <c>Event</c>, in protobuf.</param>
    public static long? StampOf(ReadOnlySpan<byte> message)
    {
        if (!message.StartsWith("\n\u0006Update"u8) && !message.StartsWith("\n\u0006Create"u8)) return null;
        var start = message.IndexOf("\"changed-at\":\""u8);
        if (start < 0 || !Utf8Parser.TryParse(message[(start + Label.Length + 4)..], out long stamp, out _)) return null;
        return stamp;
    }

    /// <summary>How long ago, in milliseconds, the change began that a received event tells of; null for any other event.</summary>
    public static double? DelayOf(Event received)
    {
        if (received.Reason != "Update") return null;
        var start = received.Meta.IndexOf($"\"{Label}\":\"", StringComparison.Ordinal);
        if (start < 0) return null;
        start += Label.Length + 4;
        var end = received.Meta.IndexOf('"', start);
        return Stopwatch.GetElapsedTime(long.Parse(received.Meta.AsSpan(start, end - start), CultureInfo.InvariantCulture)).TotalMilliseconds;
    }
}
