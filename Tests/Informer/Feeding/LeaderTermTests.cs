using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Informer.Feeding;

/// <summary>What a term sends at once.</summary>
public sealed class LeaderTermTests
{
    private const int Limit = 3;

    [Fact]
    public async Task Snapshots_OfManyNamespaces_AreUnderWayAFewAtATimeAndNoChangeWaitsBehindThem()
    {
        var arrive = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fed = new FedNamespaces();
        var (underWay, most) = (0, 0);
        var counting = new Lock();
        var term = LeaderTerms.Of(
            1,
            async (batch, watched) =>
            {
                if (!batch.IsSnapshot || batch.Namespace == "quick") return await fed.FeedAsync(batch, watched);
                lock (counting) most = Math.Max(most, ++underWay);
                await arrive.Task;
                lock (counting) underWay--;
                return await fed.FeedAsync(batch, watched);
            },
            maxSnapshots: Limit);
        var store = new ResourceStore(KindSet.Of(ResourceKind.Pod), TimeProvider.System);
        store.Replace(ResourceKind.Pod, [PodIn("quick", "10.0.0.1")]);
        store.BeginTerm(term);
        await term.Synced;

        for (var i = 0; i < 3 * Limit; i++) store.Set(PodIn($"slow-{i}", "10.0.0.1"));
        await Eventually.HoldsAsync(() => Volatile.Read(ref underWay) == Limit, "as many snapshots as may are under way");
        store.Set(PodIn("quick", "10.0.0.2"));
        await Eventually.HoldsAsync(() => fed.Find(ResourceKind.Pod, "quick") is Pod { Ip: "10.0.0.2" }, "the change has arrived");
        Assert.Equal(1, fed.Snapshots);
        arrive.SetResult();

        await Eventually.HoldsAsync(() => fed.Everything().Count == 1 + (3 * Limit), "all snapshots have arrived");
        Assert.Equal(Limit, most);
    }

    private static Pod PodIn(string scope, string ip) =>
        new() { Kind = ResourceKind.Pod, Uid = Uid.Parse($"{scope}-uid"), Namespace = scope, Name = scope, Node = "node-a", Ip = ip };
}
