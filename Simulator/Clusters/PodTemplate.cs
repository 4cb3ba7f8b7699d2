using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Clusters;

/// <summary>
/// What the pods of one workload have in common. They share these very instances, so a pod costs only what is its own.
/// </summary>
internal sealed class PodTemplate
{
    private readonly Dice _dice;
    private readonly JsonMap _labels;
    private readonly JsonMap _annotations;
    private readonly JsonList _managedFields;
    private readonly JsonMap _spec;
    private readonly string _image;
    private readonly string _imageId;

    public PodTemplate(Dice dice, string app, JsonMap labels)
    {
        _dice = dice;
        _labels = labels;
        _image = $"registry.example.com/{app}:1.{dice.Below(30)}.{dice.Below(10)}";
        _imageId = $"registry.example.com/{app}@sha256:{dice.Hex(64)}";
        _annotations = new JsonMap(
            ("prometheus.io/scrape", "true"), ("prometheus.io/port", "9090"), ("checksum/config", dice.Hex(64)),
            ("kubectl.kubernetes.io/restartedAt", dice.TimeWithin(30)));
        _managedFields = ManagedFields(dice.TimeWithin(30));
        _spec = PodParts.Spec(app, _image);
    }

    /// <summary>Labels of the pods, as selectors of their workload see them.</summary>
    public JsonMap Labels => _labels;

    /// <summary>The template as it stands in the workload's spec.</summary>
    public JsonMap Document => new(("metadata", new JsonMap(("labels", _labels), ("annotations", _annotations))), ("spec", _spec));

    /// <summary>A running pod of it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="node">Its node.</param>
    /// <param name="owner">Its controller; null for a bare pod.</param>
    /// <param name="extraLabels">Labels of its own.</param>
    public KubernetesObject Pod(string name, string ns, string node, KubernetesObject? owner, JsonMap? extraLabels = null)
    {
        var labels = _labels;
        for (var i = 0; i < (extraLabels?.Count ?? 0); i++)
        {
            labels = labels.With(extraLabels!.Names[i], extraLabels.Values[i]);
        }

        var born = _dice.TimeWithin(20);
        var metadata = new JsonMap(
            ("name", name), ("generateName", owner is null ? "" : owner.Name + "-"), ("namespace", ns), ("uid", _dice.Uid()),
            ("creationTimestamp", born), ("labels", labels), ("annotations", _annotations), ("managedFields", _managedFields));
        metadata = owner is null ? metadata.Without("generateName") : metadata;
        var pod = new KubernetesObject(ResourceTypes.Pods, new JsonMap(
            ("kind", "Pod"), ("apiVersion", "v1"), ("metadata", metadata), ("spec", _spec.With("nodeName", node)),
            ("status", PodParts.Status(_dice, born, _image, _imageId))));
        return owner is null ? pod : pod.OwnedBy(owner);
    }

    private static JsonList ManagedFields(string time) => new(new JsonMap(
        ("manager", "kubelet"), ("operation", "Update"), ("apiVersion", "v1"), ("time", time), ("fieldsType", "FieldsV1"),
        ("fieldsV1", Json.Parse("""{"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:lastTransitionTime":{},"f:status":{}}},"f:phase":{},"f:podIP":{}}}""")),
        ("subresource", "status")));
}
