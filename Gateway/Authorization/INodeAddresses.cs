namespace MetaCollector.Gateway.Authorization;

/// <summary>Knows which node an address belongs to. Thread-safe.</summary>
internal interface INodeAddresses
{
    /// <summary>The nodes with this address, or with pods that have it; none if it is unknown. Throws if the leader cannot be asked.</summary>
    /// <param name="address">The address, as <see cref="Grains.Interfaces.Model.NodeAddress"/> spells it.</param>
    Task<string[]> FindAsync(string address);
}
