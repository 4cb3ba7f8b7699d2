namespace MetaCollector.Conversation.Sharing;

/// <summary>
/// Shares one instance of each version of a resource among the informer, all grains and all gateways of a silo: every object that is read, and every
/// message from another silo, brings new copies, and a Namespace or a Service is related to many nodes. Also shares label sets, owners, references and
/// texts between versions. Holds weak references in tables of fixed size. One instance per silo; thread-safe.
/// </summary>
public sealed class VersionPool
{
    private const int Versions = 128 * 1024, Parts = 64 * 1024;

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
        var references = version.References is { } told ? Share(told) : null;
        if (!ReferenceEquals(resource, version.Resource) || !ReferenceEquals(references, version.References))
            version = new NodeResource(resource, references);
        return _versions.Put(version, hash, static (newer, older) => newer.Uid == older.Uid);
    }

    /// <inheritdoc cref="Share(NodeResource)"/>
    public Resource Share(Resource resource)
    {
        var hash = resource.Uid.GetHashCode();
        return _resources.Find(resource, hash) ?? _resources.Put(WithSharedParts(resource), hash, static (newer, older) => newer.Uid == older.Uid);
    }

    /// <summary>The shared instance of what a pod refers to.</summary>
    public References Share(References references)
    {
        var hash = references.GetHashCode();
        return _references.Find(references, hash) ?? _references.Put(references, hash);
    }

    /// <summary>The shared instance of an owner.</summary>
    public Owner Share(Owner owner)
    {
        var hash = owner.GetHashCode();
        return _owners.Find(owner, hash) ?? _owners.Put(new Owner(Share(owner.Group), Share(owner.Kind), owner.Uid), hash);
    }

    /// <summary>The shared instance of a label set.</summary>
    public LabelSet Share(LabelSet labels)
    {
        if (labels.Count == 0) return LabelSet.Empty;
        var hash = labels.GetHashCode();
        return _labels.Find(labels, hash) ?? _labels.Put(WithSharedTexts(labels), hash);
    }

    /// <summary>The shared instance of a text that several objects have, such as the name of a node.</summary>
    public string Share(string text)
    {
        if (text.Length == 0) return "";
        var hash = text.GetHashCode(StringComparison.Ordinal);
        return _texts.Find(text, hash) ?? _texts.Put(text, hash);
    }

    private LabelSet WithSharedTexts(LabelSet labels)
    {
        var texts = new string[2 * labels.Count];
        for (var i = 0; i < labels.Count; i++)
        {
            var (key, value) = labels.At(i);
            (texts[2 * i], texts[(2 * i) + 1]) = (Share(key), Share(value));
        }

        return LabelSet.OfFlat(texts);
    }

    private Resource WithSharedParts(Resource resource)
    {
        var @namespace = Share(resource.Namespace);
        var labels = Share(resource.Labels);
        var generateName = resource.GenerateName is { } name ? Share(name) : null;
        var owner = resource.Controller is { } controller ? Share(controller) : null;
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
