namespace MetaCollector.Informer.Storing;

/// <summary>The objects of one namespace. Guarded by the store's lock.</summary>
internal sealed class NamespaceContent
{
    public NamespaceContent() => Owners = new OwnerIndex(Resources);

    public Dictionary<Uid, Resource> Resources { get; } = [];

    /// <summary>Which of them pods name as owners.</summary>
    public OwnerIndex Owners { get; }
}
