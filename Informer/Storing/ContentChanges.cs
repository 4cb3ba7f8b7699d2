using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Storing;

/// <summary>What steps changed in a <see cref="ClusterContent"/>. Not thread-safe.</summary>
internal sealed class ContentChanges
{
    /// <summary>The objects that are new, differ or are gone.</summary>
    public List<Resource> Objects { get; } = [];

    /// <summary>The owners that an object named until now, for <see cref="ClusterContent.Release"/>.</summary>
    public List<(NamespaceContent Content, Owner Owner)> Lost { get; } = [];
}
