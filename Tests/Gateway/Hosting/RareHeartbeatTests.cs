using MetaCollector.Gateway.Hosting;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Hosting;

/// <summary>How often a connection looks after its times.</summary>
public sealed class RareHeartbeatTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly KestrelBeat _kestrel = new();

    [Fact]
    public void Connection_InItsFirstMinute_LooksEachTime()
    {
        var looks = Open();
        Assert.Equal(59, Beat(59, looks));
    }

    [Fact]
    public void Connection_ThatStays_LooksOncePerPeriod()
    {
        var looks = Open();
        Beat(60, looks);
        Assert.Equal(20, Beat(100, looks));
    }

    [Fact]
    public void Connections_OfDifferentAge_LookInTheSameRound()
    {
        var first = Open();
        Beat(2, first);
        var second = Open();
        Beat(70, first);
        Beat(0, second);
        var rounds = Enumerable.Range(0, 20).Select(_ => (First: Beat(1, first), Second: Beat(0, second))).ToList();
        Assert.Equal(4, rounds.Sum(round => round.First));
        Assert.All(rounds, round => Assert.Equal(round.First, round.Second));
    }

    [Fact]
    public void Connection_WhoseRoundsCameLate_LooksAtTheNext()
    {
        var looks = Open();
        Beat(61, looks);
        _time.Advance(10 * RareHeartbeat.Period);
        Assert.Equal(1, Beat(1, looks));
    }

    private List<int> Open()
    {
        var looks = new List<int> { 0 };
        new RareHeartbeat(_kestrel, _time).OnHeartbeat(state => ((List<int>)state)[^1]++, looks);
        return looks;
    }

    // As often as that a second passes; how often the connection looked since it was asked last.
    private int Beat(int times, List<int> looks)
    {
        for (var i = 0; i < times; i++)
        {
            _time.Advance(Second);
            _kestrel.Beat();
        }

        looks.Add(0);
        return looks[^2];
    }

    private sealed class KestrelBeat : IConnectionHeartbeatFeature
    {
        private readonly List<(Action<object> Action, object State)> _all = [];

        public void OnHeartbeat(Action<object> action, object state) => _all.Add((action, state));

        public void Beat() => _all.ForEach(one => one.Action(one.State));
    }
}
