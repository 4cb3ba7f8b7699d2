using System.Text.Json.Nodes;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Objects;

/// <summary>
/// Works on the objects directly, without HTTP; watchers see it like any other change. Given uids, creation times and statuses are
/// kept. Refusals are <see cref="ApiException"/>s, those of the API. Safe from any thread.
/// </summary>
public sealed class ObjectOperations
{
    private readonly ObjectStore _store;
    private readonly ObjectCreation _creation;
    private readonly ObjectChange _changes;
    private readonly ObjectDeletion _deletion;

    internal ObjectOperations(ObjectStore store, ObjectCreation creation, ObjectChange changes, ObjectDeletion deletion)
    {
        _store = store;
        _creation = creation;
        _changes = changes;
        _deletion = deletion;
    }

    /// <summary>The newest resourceVersion of all.</summary>
    public long ResourceVersion => _store.Revision;

    /// <summary>Creates an object. Its namespace must exist ("default", "kube-system", "kube-public" and "kube-node-lease" do).</summary>
    public KubernetesObject Create(KubernetesObject one) => Public(_creation.Create(one.Type, NamespaceOf(one), one.Document, trusted: true));

    /// <summary>Creates an object from JSON.</summary>
    public KubernetesObject Create(JsonObject one) => Create(new KubernetesObject((JsonMap)Json.From(one)));

    /// <summary>Creates objects in that order.</summary>
    public IReadOnlyList<KubernetesObject> Create(params IEnumerable<KubernetesObject> objects) => [.. objects.Select(Create)];

    /// <summary>Replaces an object, status included. A resourceVersion in it must be the current one.</summary>
    public KubernetesObject Update(KubernetesObject one) =>
        Public(_changes.Replace(one.Type, NamespaceOf(one), one.Name, one.Document, ObjectChange.Part.All).Object);

    /// <summary>Changes the current state of an object in one step.</summary>
    public KubernetesObject Change(ResourceType type, string ns, string name, Func<KubernetesObject, KubernetesObject> change) =>
        Public(_changes.Change(type, ns, name, current => change(new KubernetesObject(type, current)).Document, ObjectChange.Part.All));

    /// <summary>Changes the current state of this object, whatever version is at hand, in one step.</summary>
    public KubernetesObject Change(KubernetesObject one, Func<KubernetesObject, KubernetesObject> change) =>
        Change(one.Type, NamespaceOf(one), one.Name, change);

    /// <summary>Applies a JSON merge patch to an object, status included.</summary>
    public KubernetesObject Patch(ResourceType type, string ns, string name, string mergePatch)
    {
        var patch = Json.Parse(mergePatch);
        return Public(_changes.Change(type, ns, name, current => MergePatch.Apply(current, patch), ObjectChange.Part.All));
    }

    /// <summary>
    /// Deletes an object. Unless <paramref name="graceful"/> it is gone at once; else pods on a node go through their grace period as with kubectl.
    /// Finalizers hold it either way.
    /// </summary>
    public void Delete(KubernetesObject one, bool graceful = false) => Delete(one.Type, NamespaceOf(one), one.Name, graceful);

    /// <inheritdoc cref="Delete(KubernetesObject, bool)"/>
    public void Delete(ResourceType type, string ns, string name, bool graceful = false) =>
        _deletion.Delete(type, ns, name, new DeleteOptions(graceful ? null : 0));

    /// <summary>The object as it stands; null where there is none.</summary>
    public KubernetesObject? Get(ResourceType type, string ns, string name) => _store.Find(type, ns, name) is { } found ? Public(found) : null;

    /// <summary>The same object as it stands; null where there is none of that name.</summary>
    public KubernetesObject? Get(KubernetesObject one) => Get(one.Type, NamespaceOf(one), one.Name);

    /// <summary>All objects of a kind, of one namespace or of all, by name.</summary>
    public IReadOnlyList<KubernetesObject> List(ResourceType type, string ns = "") =>
        [.. _store[type].Objects.Values.Where(one => ns.Length == 0 || one.Namespace == ns).Select(Public)];

    /// <summary>How many objects of a kind there are.</summary>
    public int Count(ResourceType type) => _store[type].Objects.Count;

    /// <summary>The state of everything at one moment: for oracles, and to go back to with a restart.</summary>
    public ClusterSnapshot Snapshot() => new(_store.Snapshot());

    internal static string NamespaceOf(KubernetesObject one) => one.Type.Namespaced ? one.Namespace.Length == 0 ? "default" : one.Namespace : "";

    private static KubernetesObject Public(StoredObject stored) => new(stored.Type, stored.Document);
}
