namespace MetaCollector.Gateway.Authorization;

/// <summary>Knows which node an address belongs to. Thread-safe.</summary>
internal interface INodeAddresses
{
    /// <summary>The nodes with pods that have this address, or whose own it is; none where it is not known. It fails where nobody can say.</summary>
    /// <param name="address">The address, as <see cref="Grains.Interfaces.Model.NodeAddress"/> spells it.</param>
    Task<string[]> FindAsync(string address);
}
