using System.Collections.Concurrent;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sending;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Authorization;

public sealed class LeaderAddressesTests
{
    private readonly LeaderDirectory _leaders = new();
    private readonly Silos _silos = new();
    private readonly LeaderAddresses _addresses;

    public LeaderAddressesTests() => _addresses = new LeaderAddresses(_leaders, _silos, TimeProvider.System);

    [Fact]
    public async Task FindAsync_NoLeader_FailsAndLaterDoesNot()
    {
        await Assert.ThrowsAsync<NotLeadingException>(() => _addresses.FindAsync("10.0.0.1"));
        _leaders.Announce(new LeaderAnnouncement(1, SiloAddress.Zero, IsSynced: true));
        _silos.Answer.SetResult();
        Assert.Equal(["node of 10.0.0.1"], await _addresses.FindAsync("10.0.0.1").WaitAsync(CallReading.Patience));
    }

    [Fact]
    public async Task FindAsync_FiveThousandAtOnce_AreAHandfulOfCalls()
    {
        _leaders.Announce(new LeaderAnnouncement(1, SiloAddress.Zero, IsSynced: true));
        var first = _addresses.FindAsync("10.0.0.0");
        await Eventually.HoldsAsync(() => _silos.Calls.Count == 1);
        var all = Enumerable.Range(1, 5000).Select(i => _addresses.FindAsync($"10.0.{i / 256}.{i % 256}")).ToArray();
        _silos.Answer.SetResult();
        await first.WaitAsync(CallReading.Patience);
        var nodes = await Task.WhenAll(all).WaitAsync(CallReading.Patience);
        Assert.Equal("node of 10.0.0.1", nodes[0][0]);
        Assert.InRange(_silos.Calls.Count, 2, 1 + Bundler<string, string[]>.MaxUnderWay);
        Assert.Equal(5001, _silos.Calls.Sum());
    }

    [Fact]
    public async Task FindAsync_LeaderFails_FailsForThoseWhoAskedThen()
    {
        _leaders.Announce(new LeaderAnnouncement(1, SiloAddress.Zero, IsSynced: true));
        _silos.Answer.SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => _addresses.FindAsync("10.0.0.1").WaitAsync(CallReading.Patience));
    }

    private sealed class Silos : ISilos<ILeaderService>, ILeaderService
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<int> Calls { get; } = [];

        public ILeaderService At(SiloAddress silo) => this;

        public async Task<string[][]> FindNodesAsync(string[] addresses)
        {
            Calls.Enqueue(addresses.Length);
            await Answer.Task;
            return [.. addresses.Select(address => (string[])[$"node of {address}"])];
        }

        public Task<long> AnnounceAsync(LeaderAnnouncement announcement) => throw new NotSupportedException();

        public Task<NodeInventory[]> GetNodesAsync(string[] nodes) => throw new NotSupportedException();

        public Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held) => throw new NotSupportedException();

        public Task<Position> GetPositionAsync(string @namespace) => throw new NotSupportedException();
    }
}
