namespace MetaCollector.Conversation.Sharing;

/// <summary>
/// Shares one instance of each version of a resource among all grains and gateways of a silo: every message from another silo brings new
/// copies, and a Namespace or a Service is related to many nodes. Also shares label sets, owners, references and names between versions.
/// Holds weak references in tables of fixed size. One instance per silo; thread-safe.
/// </summary>
public sealed class VersionPool
{
    private const int Versions = 128 * 1024, Parts = 16 * 1024;

    private readonly InstanceTable<Resource> _resources = new(Versions);
    private readonly InstanceTable<NodeResource> _versions = new(Versions);
    private readonly InstanceTable<LabelSet> _labels = new(Parts);
    private readonly InstanceTable<Owner> _owners = new(Parts);
    private readonly InstanceTable<References> _references = new(Parts);
    private readonly InstanceTable<string> _texts = new(Parts);

    /// <summary>The shared instance of this version.</summary>
    public NodeResource Share(NodeResource version)
    {
        var hash = version.Uid.GetHashCode();
        if (_versions.Find(version, hash) is { } known) return known;
        var resource = Share(version.Resource);
        var references = Share(version.References);
        if (!ReferenceEquals(resource, version.Resource) || !ReferenceEquals(references, version.References))
            version = new NodeResource(resource, references);
        _versions.Put(version, hash, static (newer, older) => newer.Uid == older.Uid);
        return version;
    }

    /// <inheritdoc cref="Share(NodeResource)"/>
    public Resource Share(Resource resource)
    {
        var hash = resource.Uid.GetHashCode();
        if (_resources.Find(resource, hash) is { } known) return known;
        var shared = WithSharedParts(resource);
        _resources.Put(shared, hash, static (newer, older) => newer.Uid == older.Uid);
        return shared;
    }

    private static T Share<T>(InstanceTable<T> table, T part, int hash) where T : class
    {
        if (table.Find(part, hash) is { } known) return known;
        table.Put(part, hash);
        return part;
    }

    private References? Share(References? references) =>
        references is null ? null : Share(_references, references, references.GetHashCode());

    private string Share(string text) => text.Length == 0 ? text : Share(_texts, text, text.GetHashCode(StringComparison.Ordinal));

    private LabelSet Share(LabelSet labels) => labels.Count == 0 ? LabelSet.Empty : Share(_labels, labels, labels.GetHashCode());

    private Resource WithSharedParts(Resource resource)
    {
        var @namespace = Share(resource.Namespace);
        var labels = Share(resource.Labels);
        var generateName = resource.GenerateName is { } name ? Share(name) : null;
        var owner = resource.Controller is { } controller ? Share(_owners, controller, controller.GetHashCode()) : null;
        var node = resource is Pod pod ? Share(pod.Node) : null;
        // The leader's silo shared these parts when it decoded the object.
        if (ReferenceEquals(@namespace, resource.Namespace) && ReferenceEquals(labels, resource.Labels)
            && ReferenceEquals(generateName, resource.GenerateName) && ReferenceEquals(owner, resource.Controller)
            && (resource is not Pod same || ReferenceEquals(node, same.Node)))
        {
            return resource;
        }

        var shared = resource with { Namespace = @namespace, Labels = labels, GenerateName = generateName, Controller = owner };
        return shared is Pod moved ? moved with { Node = node! } : shared;
    }
}
