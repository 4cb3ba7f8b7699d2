using System.Collections.Immutable;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Replicas;
using MetaCollector.Silo.Hosting;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>When memory is given back: once after each wave, and never while one lasts.</summary>
public sealed class MemoryTrimTests : IAsyncLifetime, IClusterMembershipService, ISubscriberStreams
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(120);

    private readonly FakeTimeProvider _time = new();
    private readonly LeaderDirectory _leaders = new();
    private readonly MemoryTrim _trim;
    private long _allocated;
    private int _times;
    private int _version;

    public MemoryTrimTests() => _trim = new MemoryTrim(_leaders, this, this, new SharedInstants(_time), _time)
    {
        Allocated = () => Interlocked.Read(ref _allocated), GiveBack = () => Interlocked.Increment(ref _times),
    };

    public int? Open => 0;

    public ClusterMembershipSnapshot CurrentSnapshot => new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(Volatile.Read(ref _version)));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    public async ValueTask InitializeAsync() => await _trim.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _trim.StopAsync(CancellationToken.None);
        _trim.Dispose();
    }

    [Fact]
    public async Task Waves_OfEverySort_AreEachFollowedByOneGivingBack()
    {
        // A start is a wave.
        await IsGivenBackAsync(1);
        await NothingHappensAsync(1);

        _leaders.SiloDied();
        await IsGivenBackAsync(2);
        await NothingHappensAsync(2);

        Interlocked.Increment(ref _version);
        await IsGivenBackAsync(3);
        await NothingHappensAsync(3);

        // Subscribers that come all at once, or changes by the thousand: over once little is allocated again.
        Interlocked.Add(ref _allocated, 10 * Wave.Size);
        await Eventually.HoldsAsync(() => Passes(TimeSpan.FromSeconds(1)) && _times == 4, "it is given back once that has passed");
        await NothingHappensAsync(4);
    }

    // Not before it has been quiet for so long.
    private async Task IsGivenBackAsync(int times)
    {
        var began = _time.GetTimestamp();
        await Eventually.HoldsAsync(() => _times == times || (Passes(TimeSpan.FromSeconds(1)) && false), "it is given back");
        Assert.InRange(_time.GetElapsedTime(began), Shortest, TimeSpan.MaxValue);
    }

    private async Task NothingHappensAsync(int times)
    {
        for (var i = 0; i < 60; i++)
        {
            Passes(TimeSpan.FromSeconds(10));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal(times, _times);
    }

    private bool Passes(TimeSpan time)
    {
        _time.Advance(time);
        return true;
    }
}
