using System.Globalization;
using System.Text;
using System.Text.Json;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Silo.Watching;

/// <summary>Writes a line for each event, as JSON or as text for people; writes the stream's state to the error output.</summary>
internal sealed class LineWatcher(WatchOptions options, TextWriter output, TextWriter errors, bool hasColours, TimeProvider time) : IWatcher
{
    private readonly Holdings _holdings = new();
    private bool? _told;

    public void Opened()
    {
        _holdings.Clear();
        _told = null;
        errors.WriteLine($"watching node {options.Node} at {options.Address.Authority}");
    }

    public void Waiting(bool isReady)
    {
        if (_told == isReady) return;
        _told = isReady;
        errors.WriteLine(isReady ? $"no event yet: nothing is related to node {options.Node}, or the collector has not told all of it yet" : "waiting: the collector has not read everything yet");
    }

    public void Received(Event received)
    {
        var held = _holdings.Take(received);
        output.WriteLine(options.Output == WatchOutput.Json ? Json(received) : Words(received, held));
        output.Flush();
    }

    public void Lost(string reason, TimeSpan pause) =>
        errors.WriteLine($"{options.Address.Authority}: {reason}; trying again in {pause.TotalSeconds:0} s");

    /// <summary>The event as a JSON object, with meta and status as objects rather than text.</summary>
    internal static string Json(Event received)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("reason", received.Reason);
            json.WriteString("kind", received.Kind);
            json.WriteString("uid", received.Uid);
            if (received.HasMeta) Raw(json, "meta", received.Meta);
            if (received.HasSpec) Raw(json, "spec", received.Spec);
            if (received.HasStatus) Raw(json, "status", received.Status);
            if (received.Refs is { } refs)
            {
                json.WriteStartObject("refs");
                foreach (var (kind, uids) in refs.Resources.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteStartArray(kind);
                    foreach (var uid in uids.List) json.WriteStringValue(uid);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void Raw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private string Words(Event received, HeldResource? held)
    {
        var colour = received.Reason switch { "Create" => "\e[32m", "Update" => "\e[33m", _ => "\e[31m" };
        var reason = received.Reason.PadRight(6);
        var line = new StringBuilder(time.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append("  ");
        line.Append(hasColours ? $"{colour}{reason}\e[0m" : reason).Append("  ").Append(received.Kind.PadRight(12)).Append(' ');
        if (held is null) return line.Append(received.Uid).ToString();
        line.Append(held.Namespace.Length == 0 ? held.Name : $"{held.Namespace}/{held.Name}");
        if (received.Reason == "Delete") return line.ToString();
        if (held.Kind == "Pod") line.Append("  ip=").Append(held.Ip.Length == 0 ? "-" : held.Ip);
        if (_holdings.Owners(held).ToList() is { Count: > 0 } owners) line.Append("  owners=").AppendJoin(',', owners);
        if (_holdings.Referred(held, "Service").ToList() is { Count: > 0 } services) line.Append("  services=").AppendJoin(',', services);
        if (held.Labels.Count > 0) line.Append("  labels=").AppendJoin(',', held.Labels.Select(label => $"{label.Key}={label.Value}"));
        return line.ToString();
    }
}
