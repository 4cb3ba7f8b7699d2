using CsCheck;
using MetaCollector.Gateway.Balance;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Balance;

public sealed class StreamShareTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();

    // Replicas, streams of each, the floor, and what random choices begin with.
    private static readonly Gen<(int[] Streams, int Floor, int Seed)> Clusters = Gen.Select(
        Gen.OneOf(Gen.Int[0, 20], Gen.Int[0, 400], Gen.Const(0)).Array[1, 10], Gen.Int[1, 60], Gen.Int);

    [Fact]
    public void Excess_Alone_IsNothing()
    {
        var share = new StreamShare(1, TimeSpan.Zero, _time);
        Assert.Equal(0, share.Excess(10_000, []));
        Assert.Null(share.Limit);
    }

    [Fact]
    public void Excess_AfterAScaleUp_BeginsOnceTheNumberOfReplicasStoodStill()
    {
        var share = new StreamShare(10, Settle, _time);
        share.Excess(300, []);
        _time.Advance(Settle);
        Assert.Equal(0, share.Excess(300, [0]));
        _time.Advance(Settle / 2);
        Assert.Equal(0, share.Excess(300, [0, 0]));
        Assert.Equal(120, share.Limit);
        _time.Advance(Settle - TimeSpan.FromSeconds(1));
        Assert.Equal(0, share.Excess(300, [0, 0]));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(5, share.Excess(300, [0, 0]));
    }

    [Fact]
    public void Excess_WhileManyStreamsArrive_IsNothing()
    {
        var share = new StreamShare(10, TimeSpan.Zero, _time);
        Assert.Equal(0, share.Excess(0, [0, 0]));
        Assert.Equal(0, share.Excess(900, [100, 100]));
        Assert.Equal(0, share.Excess(1000, [150, 130]));
        Assert.Equal(10, share.Excess(1000, [180, 190]));
    }

    [Theory]
    [InlineData(120, 90, 90, 0)]
    [InlineData(121, 89, 90, 1)]
    [InlineData(10, 0, 0, 0)]
    [InlineData(20_000, 0, 0, 200)]
    public void Excess_Settled_IsWhatExceedsTheShareByAFifthSlowly(int own, int second, int third, int expected) =>
        Assert.Equal(expected, new StreamShare(10, TimeSpan.Zero, _time).Excess(own, [second, third]));

    [Fact]
    public void Excess_WhatIsSentAwayAlwaysComesBack_GivesUpUntilTheReplicasChange()
    {
        var share = new StreamShare(1, TimeSpan.Zero, _time);
        var sent = 0;
        for (var round = 0; round < 1000; round++) sent += share.Excess(100, [0, 0]);
        Assert.True(share.IsFutile);
        Assert.Equal((2 * 3 * 60) + (10 * 3 * 3), sent);
        Assert.True(share.Excess(100, [0, 0, 0]) > 0);
        Assert.False(share.IsFutile);
    }

    [Fact]
    public void Replicas_AnyDistribution_SpreadNeverFallBelowTheFloorAndComeToRest() => Clusters.Sample(cluster =>
    {
        var (streams, floor, seed) = cluster;
        var dice = new Random(seed);
        var total = streams.Sum();
        var time = new FakeTimeProvider();
        var shares = streams.Select(_ => new StreamShare(floor, Settle, time)).ToArray();
        var known = streams.ToArray();
        var quiet = 0;
        var rounds = 0;
        while (quiet < 20)
        {
            Assert.True(++rounds < 2000, "they do not come to rest");
            time.Advance(StreamShare.Round);
            var moving = 0;
            for (var replica = 0; replica < streams.Length; replica++)
            {
                // Each knows of the others what was so a round ago, without those on their way.
                var excess = shares[replica].Excess(streams[replica], [.. known.Where((_, other) => other != replica)]);
                if (excess > 0) Assert.True(streams[replica] - excess >= floor, "below the floor");
                streams[replica] -= excess;
                moving += excess;
            }

            streams.CopyTo(known, 0);
            for (; moving > 0; moving--, quiet = 0) streams[dice.Next(streams.Length)]++;
            if (rounds > Settle / StreamShare.Round) quiet++;
        }

        Assert.Equal(total, streams.Sum());
        Assert.DoesNotContain(shares, share => share.IsFutile);
        var most = Math.Max(floor, (int)Math.Ceiling(total * 1.2 / streams.Length));
        if (streams.Length > 1) Assert.All(streams, count => Assert.InRange(count, 0, most));
    }, iter: 5000);
}
