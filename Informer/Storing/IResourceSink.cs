using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Storing;

/// <summary>Where the readers put what they read. Thread-safe for different kinds; each kind has one reader.</summary>
internal interface IResourceSink
{
    /// <summary>The instance that is held, where it equals <paramref name="resource"/>; else that itself.</summary>
    Resource Canonical(Resource resource);

    /// <summary>A kind was listed: these are all its objects, and any other is gone.</summary>
    ListChanges Replace(ResourceKind kind, IReadOnlyCollection<Resource> listed);

    /// <summary>An object is new or changed.</summary>
    /// <returns>Whether anything of what we keep differs.</returns>
    bool Set(Resource resource);

    /// <summary>An object is gone.</summary>
    /// <returns>Whether it was held.</returns>
    bool Remove(Resource resource);

    /// <summary>A kind cannot be read: nothing is said of it any more.</summary>
    void SetUnknown(ResourceKind kind);
}

/// <summary>What a list brought, in numbers of objects. Immutable.</summary>
/// <param name="Created">New ones.</param>
/// <param name="Updated">Those that differ from what was held.</param>
/// <param name="Deleted">Those that are gone.</param>
internal readonly record struct ListChanges(int Created, int Updated, int Deleted);
