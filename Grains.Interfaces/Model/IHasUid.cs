namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>Something of one Kubernetes object.</summary>
public interface IHasUid
{
    /// <summary>The uid of the object.</summary>
    Uid Uid { get; }
}
