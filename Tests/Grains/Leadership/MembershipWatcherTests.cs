using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.Channels;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains;
using MetaCollector.Grains.Leadership;
using MetaCollector.Grains.Placement;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace MetaCollector.Tests.Grains.Leadership;

/// <summary>Which changes of the membership are reasons to verify.</summary>
public sealed class MembershipWatcherTests : IAsyncLifetime, IClusterMembershipService
{
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 11111, 1);
    private static readonly SiloAddress Other = SiloAddress.New(IPAddress.Loopback, 11112, 1);

    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    private readonly Channel<ClusterMembershipSnapshot> _updates = Channel.CreateUnbounded<ClusterMembershipSnapshot>();
    private readonly LeaderDirectory _directory = new();
    private readonly RecordingLogger<MembershipWatcher> _log = new();
    private readonly MembershipWatcher _watcher;
    private int _version;
    private int _marks;

    public MembershipWatcherTests()
    {
        var homes = new GrainHomes(new LocalSilo(Silo), Options.Create(new GrainsOptions()), TimeProvider.System);
        _watcher = new MembershipWatcher(this, _directory, homes, new GrainMetrics(Meters, _directory, Options.Create(new GrainsOptions())), _log);
    }

    public ClusterMembershipSnapshot CurrentSnapshot => throw new NotSupportedException();

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => _updates.Reader.ReadAllAsync();

    public async ValueTask InitializeAsync() => await _watcher.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _updates.Writer.Complete();
        await _watcher.StopAsync(CancellationToken.None);
        _watcher.Dispose();
    }

    [Fact]
    public async Task Silo_StopsAndIsThenDead_IsTwoReasons()
    {
        await SeesAsync(SiloStatus.Active, reasons: 0);
        await SeesAsync(SiloStatus.ShuttingDown, reasons: 1);
        await SeesAsync(SiloStatus.Stopping, reasons: 1);
        await SeesAsync(SiloStatus.Dead, reasons: 2);
        await SeesAsync(SiloStatus.Dead, reasons: 2);
        await SeesAsync(null, reasons: 2);
        Assert.Equal(["Information: replica silo at 127.0.0.1:11111 is one of 2", "Information: replica silo at 127.0.0.1:11111 stops"], Told);
    }

    [Fact]
    public async Task Silo_DiesAtOnce_IsOneReason()
    {
        await SeesAsync(SiloStatus.Joining, reasons: 0);
        await SeesAsync(SiloStatus.Active, reasons: 0);
        await SeesAsync(SiloStatus.Dead, reasons: 1);
        Assert.Equal(
            "Warning: replica silo at 127.0.0.1:11111 is lost: it was declared dead; replicas left: 1; its nodes, namespaces and streams go on there", Told[^1]);
    }

    [Fact]
    public async Task Silo_MissingFromTheTable_IsOneReason()
    {
        await SeesAsync(SiloStatus.Active, reasons: 0);
        await SeesAsync(null, reasons: 1);
    }

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(false);

    // What was logged of the silo.
    private List<string> Told => [.. _log.Lines.Where(line => line.Contains("replica silo", StringComparison.Ordinal))];

    // Another silo, which joins and dies, marks the end of what was to be seen.
    private async Task SeesAsync(SiloStatus? status, int reasons)
    {
        foreach (var other in (SiloStatus[])[SiloStatus.Active, SiloStatus.Dead])
        {
            var members = ImmutableDictionary<SiloAddress, ClusterMember>.Empty.Add(Other, new ClusterMember(Other, other, "other"));
            if (status is { } known) members = members.Add(Silo, new ClusterMember(Silo, known, "silo"));
            await _updates.Writer.WriteAsync(new ClusterMembershipSnapshot(members, new MembershipVersion(++_version)));
        }

        _marks++;
        await Eventually.HoldsAsync(() => _directory.Generation >= reasons + _marks, $"{reasons} reasons");
        Assert.Equal(reasons + _marks, _directory.Generation);
    }
}
