using System.Globalization;
using System.Text.Json.Nodes;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Objects;

/// <summary>
/// A Kubernetes object as a value: each word (<see cref="In"/>, <see cref="On"/>, ...) gives a new object, the old one stays as it
/// was. Make them with <see cref="Kube"/>; hand them to <see cref="ObjectOperations"/>, which hands out such as are stored.
/// </summary>
public sealed record KubernetesObject
{
    /// <summary>Wraps a document that names its <c>apiVersion</c> and <c>kind</c>.</summary>
    /// <exception cref="ArgumentException">The server does not know that kind.</exception>
    public KubernetesObject(JsonMap document)
    {
        Document = document;
        Type = ResourceTypes.ByKind(document["apiVersion"]?.Text, document["kind"]?.Text)
            ?? throw new ArgumentException($"the simulator knows no kind \"{document["kind"]?.Text}\" in \"{document["apiVersion"]?.Text}\"", nameof(document));
    }

    internal KubernetesObject(ResourceType type, JsonMap document)
    {
        Document = document;
        Type = type;
    }

    /// <summary>The whole object.</summary>
    public JsonMap Document { get; init; }

    /// <summary>Its kind.</summary>
    public ResourceType Type { get; }

    public string Kind => Type.Kind;

    public string ApiVersion => Type.ApiVersion;

    public string Name => Metadata["name"]?.Text ?? "";

    /// <summary>Its namespace; empty for kinds without.</summary>
    public string Namespace => Metadata["namespace"]?.Text ?? "";

    public string Uid => Metadata["uid"]?.Text ?? "";

    /// <summary>Its resourceVersion; 0 while it is not stored.</summary>
    public long ResourceVersion => long.TryParse(Metadata["resourceVersion"]?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    public IReadOnlyDictionary<string, string> Labels => Texts("metadata", "labels");

    public IReadOnlyDictionary<string, string> Annotations => Texts("metadata", "annotations");

    /// <summary>The owner references.</summary>
    public IReadOnlyList<OwnerReference> Owners =>
    [
        .. (Metadata["ownerReferences"]?.Items ?? []).Select(one => new OwnerReference(
            one["apiVersion"]?.Text ?? "", one["kind"]?.Text ?? "", one["name"]?.Text ?? "", one["uid"]?.Text ?? "", one["controller"] is JsonTruth { Value: true })),
    ];

    /// <summary>A pod's node, or empty.</summary>
    public string NodeName => Document.At("spec", "nodeName")?.Text ?? "";

    /// <summary>A pod's address, or empty.</summary>
    public string PodIP => Document.At("status", "podIP")?.Text ?? "";

    /// <summary>A pod's phase, or empty.</summary>
    public string Phase => Document.At("status", "phase")?.Text ?? "";

    /// <summary>Whether it has been deleted and waits for its end.</summary>
    public bool IsTerminating => Metadata["deletionTimestamp"]?.Text is not null;

    private JsonMap Metadata => Document["metadata"] as JsonMap ?? JsonMap.Empty;

    /// <summary>A mutable copy.</summary>
    public JsonObject ToJsonObject() => (JsonObject)Document.ToNode()!;

    /// <summary>The strings of a map in the document; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Texts(params ReadOnlySpan<string> path) => Document.At(path) is JsonMap map
        ? Enumerable.Range(0, map.Count).ToDictionary(i => map.Names[i], i => map.Values[i].Text ?? "", StringComparer.Ordinal)
        : new Dictionary<string, string>();

    /// <summary>In that namespace.</summary>
    public KubernetesObject In(string ns) => Set("metadata.namespace", ns);

    /// <summary>On that node (pods).</summary>
    public KubernetesObject On(string node) => Set("spec.nodeName", node);

    /// <summary>With these labels besides those that it has.</summary>
    public KubernetesObject Labelled(params ReadOnlySpan<(string Name, string Value)> labels) => Add("labels", labels);

    /// <summary>With these labels and no others.</summary>
    public KubernetesObject OnlyLabelled(params ReadOnlySpan<(string Name, string Value)> labels) => Unset("metadata.labels").Add("labels", labels);

    /// <summary>With these annotations besides those that it has.</summary>
    public KubernetesObject Annotated(params ReadOnlySpan<(string Name, string Value)> annotations) => Add("annotations", annotations);

    /// <summary>Owned by another object, which is its controller; in the namespace of the owner unless it was put into another than "default".</summary>
    public KubernetesObject OwnedBy(KubernetesObject owner, bool controller = true)
    {
        var reference = new JsonMap(
            ("apiVersion", owner.ApiVersion), ("kind", owner.Kind), ("name", owner.Name), ("uid", owner.Uid),
            ("controller", controller), ("blockOwnerDeletion", true));
        var owned = With("metadata.ownerReferences", new JsonList([.. Document.At("metadata", "ownerReferences")?.Items ?? [], reference]));
        return owned.Namespace is "" or "default" && owner.Namespace.Length > 0 ? owned.In(owner.Namespace) : owned;
    }

    /// <summary>Without owners.</summary>
    public KubernetesObject Orphaned() => Unset("metadata.ownerReferences");

    /// <summary>Running, with that address (pods).</summary>
    public KubernetesObject WithIP(string address) => Set("status.podIP", address)
        .With("status.podIPs", new JsonList(new JsonMap(("ip", address)))).Set("status.phase", "Running");

    /// <summary>In that phase (pods).</summary>
    public KubernetesObject InPhase(string phase) => Set("status.phase", phase);

    /// <summary>Selecting pods with these labels: the selector of a service or replication controller, <c>matchLabels</c> of others.</summary>
    public KubernetesObject Selecting(params ReadOnlySpan<(string Name, string Value)> labels) =>
        With(Kind is "Service" or "ReplicationController" ? "spec.selector" : "spec.selector.matchLabels", Map(labels));

    /// <summary>With that uid.</summary>
    public KubernetesObject WithUid(string uid) => Set("metadata.uid", uid);

    /// <summary>With that data (config maps).</summary>
    public KubernetesObject WithData(params ReadOnlySpan<(string Name, string Value)> data) => With("data", Map(data));

    /// <summary>With a string at a dotted path.</summary>
    public KubernetesObject Set(string path, string value) => With(path, value);

    /// <summary>With a value at a dotted path.</summary>
    public KubernetesObject With(string path, Json value) => this with { Document = Document.With(path.Split('.'), value) };

    /// <summary>Without the value at a dotted path.</summary>
    public KubernetesObject Unset(string path) => this with { Document = Document.Without(path.Split('.')) };

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {(Namespace.Length == 0 ? Name : $"{Namespace}/{Name}")}";

    private static JsonMap Map(ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var map = JsonMap.Empty;
        foreach (var (name, value) in pairs)
        {
            map = map.With(name, value);
        }

        return map;
    }

    private KubernetesObject Add(string member, ReadOnlySpan<(string Name, string Value)> pairs)
    {
        var map = Document.At("metadata", member) as JsonMap ?? JsonMap.Empty;
        foreach (var (name, value) in pairs)
        {
            map = map.With(name, value);
        }

        return this with { Document = Document.With(["metadata", member], map) };
    }
}

/// <summary>One owner of an object.</summary>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, string Uid, bool Controller);
