using System.Text.Json;
using Google.Protobuf;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;
using References = MetaCollector.Grains.Interfaces.Model.References;

namespace MetaCollector.Tests.Gateway.Rendering;

/// <summary>What we write, beside what k8s-metacollector was recorded to write for the same objects.</summary>
public sealed class GoldenContentTests
{
    public static TheoryData<string> Recordings =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "kinds"), "*.json").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void EventBody_RecordedObject_IsTheSameToTheByte(string recording)
    {
        var recorded = Read(recording);
        var rendered = Rendered.Bytes(Enum.Parse<EventReason>(recorded.Reason), Resource(recorded));
        Assert.Equal(recorded, Event.Parser.ParseFrom(rendered));
        // Google's own serialiser, given the references in order, writes the same bytes: field order, lengths, nothing unset.
        Assert.Equal(recorded.ToByteArray(), rendered);
    }

    [Fact]
    public void Recordings_AllKindsAndReasons_AreThere()
    {
        var recorded = Recordings.Select(row => Read(row.Data)).ToArray();
        Assert.Equal(3, recorded.Select(one => one.Reason).Distinct().Count());
        Assert.Equal(
            ResourceKinds.Standard.Kinds().Select(ResourceKinds.NameOf).Order(), recorded.Select(one => one.Kind).Distinct().Order());
    }

    private static Event Read(string recording)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "kinds", recording)));
        var root = json.RootElement;
        var recorded = new Event
        {
            Reason = root.GetProperty("reason").GetString(), Uid = root.GetProperty("uid").GetString(), Kind = root.GetProperty("kind").GetString(),
        };
        if (root.TryGetProperty("meta", out var meta)) recorded.Meta = meta.GetString();
        if (root.TryGetProperty("status", out var status)) recorded.Status = status.GetString();
        if (!root.TryGetProperty("refs", out var refs)) return recorded;
        recorded.Refs = new MetaCollector.Gateway.Wire.References();
        foreach (var kind in refs.GetProperty("resources").EnumerateObject().OrderBy(kind => kind.Name, StringComparer.Ordinal))
        {
            var uids = new ListOfStrings();
            if (kind.Value.TryGetProperty("list", out var list)) uids.List.AddRange(list.EnumerateArray().Select(uid => uid.GetString()));
            recorded.Refs.Resources.Add(kind.Name, uids);
        }

        return recorded;
    }

    private static NodeResource Resource(Event recorded)
    {
        var kind = Enum.Parse<ResourceKind>(recorded.Kind);
        var uid = Uid.Parse(recorded.Uid);
        if (!recorded.HasMeta) return new NodeResource(new Resource { Kind = kind, Uid = uid, Namespace = "", Name = "" }, null);

        using var meta = JsonDocument.Parse(recorded.Meta);
        var name = Text(meta, "name")!;
        var @namespace = Text(meta, "namespace") ?? name;
        var labels = meta.RootElement.TryGetProperty("labels", out var found)
            ? LabelSet.Of(found.EnumerateObject().Select(label => new KeyValuePair<string, string>(label.Name, label.Value.GetString()!)))
            : LabelSet.Empty;
        if (kind != ResourceKind.Pod)
            return new NodeResource(new Resource { Kind = kind, Uid = uid, Namespace = @namespace, Name = name, Labels = labels }, null);

        using var status = JsonDocument.Parse(recorded.Status);
        var pod = new Pod
        {
            Kind = kind, Uid = uid, Namespace = @namespace, Name = name, GenerateName = Text(meta, "generateName"), Labels = labels,
            Ip = Text(status, "podIP"),
        };
        var references = recorded.Refs.Resources.Select(one => new KindReferences(one.Key, [.. one.Value.List.Select(Uid.Parse)]));
        return new NodeResource(pod, new References { Kinds = [.. references] });
    }

    private static string? Text(JsonDocument json, string property) =>
        json.RootElement.TryGetProperty(property, out var value) ? value.GetString() : null;
}
