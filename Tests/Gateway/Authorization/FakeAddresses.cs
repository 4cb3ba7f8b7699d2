using System.Collections.Concurrent;
using MetaCollector.Gateway.Authorization;

namespace MetaCollector.Tests.Gateway.Authorization;

/// <summary>Addresses that belong where the test says.</summary>
internal sealed class FakeAddresses : INodeAddresses
{
    private int _asked;

    /// <summary>The nodes of each.</summary>
    public ConcurrentDictionary<string, string[]> Nodes { get; } = new();

    /// <summary>Whether nobody can say anything.</summary>
    public bool AreLost { get; set; }

    /// <summary>How often somebody asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public Task<string[]> FindAsync(string address)
    {
        Interlocked.Increment(ref _asked);
        return AreLost ? Task.FromException<string[]>(new TimeoutException("nobody answers")) : Task.FromResult(Nodes.GetValueOrDefault(address, []));
    }
}
