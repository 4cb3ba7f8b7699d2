using System.Net;
using MetaCollector.Grains;
using MetaCollector.Grains.Placement;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Grains.Placement;

/// <summary>When grains go where they belong.</summary>
public sealed class GrainHomesTests
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(30);
    private static readonly SiloAddress Self = Silo(1), Second = Silo(2), Third = Silo(3);

    private readonly FakeTimeProvider _time = new();
    private readonly GrainId _grain = Enumerable.Range(0, 100).Select(number => GrainId.Create("node", $"node-{number}"))
        .First(id => Rendezvous.Choose(id, [Self, Second]).Equals(Second));

    private readonly GrainHomes _homes;

    public GrainHomesTests() => _homes = new GrainHomes(new LocalSilo(Self), Options.Create(new GrainsOptions { RebalanceAfter = After }), _time);

    [Fact]
    public void Grain_ThatBelongsElsewhere_GoesThere_OnceTheReplicasStandStill()
    {
        _homes.ReplicasAre([Self, Second], []);
        _time.Advance(After - TimeSpan.FromSeconds(1));
        Assert.Null(_homes.FindElsewhere(_grain));
        _homes.ReplicasAre([Second, Self], []);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Second, _homes.FindElsewhere(_grain));
    }

    [Fact]
    public void Node_ThatWasHeardOf_LivesThere_AsLongAsThatReplicaDoes()
    {
        _homes.ReplicasAre([Self, Second, Third], []);
        var belongs = _homes.OfNode("node-1", heardFrom: null);
        var heard = new[] { Self, Second, Third }.First(silo => !silo.Equals(belongs));

        Assert.Equal(heard, _homes.OfNode("node-1", heard));
        _homes.ReplicasAre([belongs], []);
        Assert.Equal(belongs, _homes.OfNode("node-1", heard));
    }

    [Fact]
    public void Replicas_ThatAreNotKnownYet_AreThisOne()
    {
        Assert.Equal(Self, _homes.OfNode("node-1", Second));
        Assert.Equal(Self, _homes.OfNamespace("shop"));
    }

    [Fact]
    public void Replica_ThatComes_PutsItOff()
    {
        _homes.ReplicasAre([Self, Second], []);
        _time.Advance(After);
        _homes.ReplicasAre([Self, Second, Third], []);

        Assert.Null(_homes.FindElsewhere(_grain));
    }

    [Fact]
    public void Grain_OfAReplicaThatIsAlone_Stays()
    {
        _homes.ReplicasAre([Self], []);
        _time.Advance(After);

        Assert.Null(_homes.FindElsewhere(_grain));
    }

    [Fact]
    public void Replica_ThatDied_IsDead_AndOneThatIsNotKnownYetIsNot()
    {
        _homes.ReplicasAre([Self], [Second]);

        Assert.True(_homes.IsDead(Second));
        Assert.False(_homes.IsDead(Self));
        Assert.False(_homes.IsDead(Third));
    }

    [Fact]
    public void Grain_NearToWhatItWorksFor_StaysThere_WhereverElseThatIs()
    {
        _homes.ReplicasAre([Self, Second, Third], []);
        _time.Advance(After);

        Assert.Null(_homes.FindElsewhere(_grain, Third, Self));
        Assert.Equal(Third, _homes.FindElsewhere(_grain, Third));
    }

    [Fact]
    public void Grain_OfWhatIsOnALostReplica_GoesAsIfThatWereNothing()
    {
        _homes.ReplicasAre([Self, Second], []);
        _time.Advance(After);

        Assert.Equal(Second, _homes.FindElsewhere(_grain, Third));
    }

    private static SiloAddress Silo(byte number) => SiloAddress.New(new IPAddress([10, 0, 0, number]), 11111, 1);
}
