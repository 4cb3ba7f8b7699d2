namespace MetaCollector.Informer.Storing;

/// <summary>Takes what the readers read. Thread-safe for different kinds; each kind has one reader.</summary>
internal interface IResourceSink
{
    /// <summary>The held instance if it equals <paramref name="resource"/>, else <paramref name="resource"/>.</summary>
    Resource Canonical(Resource resource);

    /// <summary>Takes a list of a kind: these are all its objects; removes any other.</summary>
    ListChanges Replace(ResourceKind kind, IReadOnlyCollection<Resource> listed);

    /// <summary>Takes a new or changed object.</summary>
    /// <returns>Whether any field that we keep changed.</returns>
    bool Set(Resource resource);

    /// <returns>Whether it was held.</returns>
    bool Remove(Resource resource);

    /// <summary>Notes that a kind cannot be read; keeps its objects.</summary>
    void SetUnknown(ResourceKind kind);
}

/// <summary>What a list changed, in numbers of objects. Immutable.</summary>
internal readonly record struct ListChanges(int Created, int Updated, int Deleted);
