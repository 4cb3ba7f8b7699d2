namespace MetaCollector.Informer.Storing;

/// <summary>Changes of a <see cref="ClusterContent"/>. Not thread-safe.</summary>
internal sealed class ContentChanges
{
    /// <summary>The objects that are new, changed or removed.</summary>
    public List<Resource> Objects { get; } = [];

    /// <summary>Owners that an object no longer names, for <see cref="ClusterContent.Release"/>.</summary>
    public List<(NamespaceContent Content, Owner Owner)> Lost { get; } = [];
}
