using System.Text.Json;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Silo.Watching;

/// <summary>One resource that a subscriber holds. Immutable.</summary>
/// <param name="Uid">Its uid.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Namespace">Its namespace; empty for a Namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Ip">A pod's IP; empty where it has none.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="References">A pod's references: kind and uid.</param>
public sealed record HeldResource(
    string Uid, string Kind, string Namespace, string Name, string Ip,
    IReadOnlyDictionary<string, string> Labels, IReadOnlyList<(string Kind, string Uid)> References);

/// <summary>The resources that a subscriber of one node holds. Not thread-safe.</summary>
public sealed class Holdings
{
    private readonly Dictionary<string, HeldResource> _held = [];

    /// <summary>Everything held.</summary>
    public IReadOnlyCollection<HeldResource> All => _held.Values;

    /// <summary>The pods, by namespace and name.</summary>
    public IReadOnlyList<HeldResource> Pods =>
        [.. _held.Values.Where(held => held.Kind == "Pod").OrderBy(pod => pod.Namespace, StringComparer.Ordinal).ThenBy(pod => pod.Name, StringComparer.Ordinal)];

    /// <summary>Applies an event.</summary>
    /// <returns>The event's resource, for a Delete as it was; null for a Delete of a resource that is not held.</returns>
    public HeldResource? Take(Event received)
    {
        ArgumentNullException.ThrowIfNull(received);
        if (received.Reason == "Delete") return _held.Remove(received.Uid, out var gone) ? gone : null;
        return _held[received.Uid] = Read(received);
    }

    /// <summary>Forgets everything: a new stream sends all again.</summary>
    public void Clear() => _held.Clear();

    /// <summary>The names of a pod's references of one kind, in the order of the event; the uid where the resource is not held.</summary>
    public IEnumerable<string> Referred(HeldResource pod, string kind)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return pod.References.Where(reference => reference.Kind == kind)
            .Select(reference => _held.TryGetValue(reference.Uid, out var held) ? held.Name : reference.Uid);
    }

    /// <summary>The owners of a pod, nearest first, each as kind and name.</summary>
    public IEnumerable<string> Owners(HeldResource pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return pod.References.Select(reference => reference.Kind).Where(kind => kind is not ("Namespace" or "Service")).Distinct()
            .OrderBy(Distance).SelectMany(kind => Referred(pod, kind).Select(name => $"{kind}/{name}"));
    }

    // A ReplicaSet's or a Job's own owner comes after it.
    private static int Distance(string kind) => kind is "Deployment" or "CronJob" ? 1 : 0;

    private static HeldResource Read(Event received)
    {
        using var meta = JsonDocument.Parse(received.HasMeta ? received.Meta : "{}");
        using var status = JsonDocument.Parse(received.HasStatus ? received.Status : "{}");
        var labels = meta.RootElement.TryGetProperty("labels", out var element)
            ? element.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? "")
            : [];
        var references = received.Refs is null
            ? []
            : received.Refs.Resources.SelectMany(kind => kind.Value.List.Select(uid => (kind.Key, uid))).ToList();
        return new HeldResource(received.Uid, received.Kind, Text(meta, "namespace"), Text(meta, "name"), Text(status, "podIP"), labels, references);
    }

    private static string Text(JsonDocument document, string property) =>
        document.RootElement.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";
}
