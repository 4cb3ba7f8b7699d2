using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Gateway.Authorization;

/// <summary>Asks the leader, which knows every pod, in bundles: many subscribers at once cost few calls.</summary>
internal sealed class LeaderAddresses(LeaderDirectory leaders, ISilos<ILeaderService> silos, TimeProvider time) : INodeAddresses
{
    // Rough size of an address in a message.
    private const int AddressBytes = 64;

    private readonly Bundler<string, string[]> _questions =
        new((leader, addresses) => silos.At(leader).FindNodesAsync(addresses), _ => AddressBytes, time);

    public async Task<string[]> FindAsync(string address)
    {
        var leader = leaders.Leader ?? throw new NotLeadingException("no leader is known yet");
        return await _questions.SendAsync(leader.Silo, address);
    }
}
