using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Clustering.Kubernetes.Pods;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Clustering.Kubernetes.Membership;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;
using KubernetesObject = MetaCollector.Simulator.Objects.KubernetesObject;

namespace MetaCollector.Tests.Clustering.Kubernetes.Pods;

/// <summary>Pods of an API server that come and go, and which silos are declared dead for it.</summary>
public sealed class PodDeathWatcherTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Killings _killings = new();
    private ApiServerSimulator _simulator = null!;
    private KubernetesObject _own = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ApiServerSimulator.StartAsync();
        _own = Silo("silo-own");
    }

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Fact]
    public async Task Sweep_PodsGone_DeclaresTheirSilosDeadInOneWrite()
    {
        var (kept, gone) = (Silo("silo-1"), Silo("silo-2"));
        var alive = await TableOf(kept).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var dead = new[] { await TableOf(gone).AddAsync(MembershipTables.Entry(SiloStatus.Active)), await TableOf(gone).AddAsync(MembershipTables.Entry()) };
        _simulator.Objects.Delete(gone);
        using var watcher = Watcher();

        await watcher.SweepAsync(CancellationToken.None);

        var table = await TableOf(_own).ReadAllAsync();
        Assert.Equal(SiloStatus.Active, table.TryGet(alive.SiloAddress)!.Item1.Status);
        Assert.All(dead, silo => Assert.Equal(SiloStatus.Dead, table.TryGet(silo.SiloAddress)!.Item1.Status));
        Assert.Equal(4, table.Version.Version);
    }

    [Fact]
    public async Task Sweep_PodOver_DeclaresItsSiloDead()
    {
        var over = Silo("silo-1");
        var silo = await TableOf(over).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _simulator.Objects.Patch(ResourceTypes.Pods, "default", over.Name, """{"status":{"phase":"Succeeded"}}""");
        using var watcher = Watcher();

        await watcher.SweepAsync(CancellationToken.None);

        Assert.Equal(SiloStatus.Dead, (await TableOf(_own).ReadAllAsync()).TryGet(silo.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task Sweep_PodsMayNotBeListed_LeavesEverybodyAlone()
    {
        var silo = await TableOf(Silo("silo-1")).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _simulator.Access.Forbid("list", "pods");
        using var watcher = Watcher();

        await watcher.SweepAsync(CancellationToken.None);

        Assert.Equal(SiloStatus.Active, (await TableOf(_own).ReadAllAsync()).TryGet(silo.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task Sweep_SelectorThatFitsNobody_LeavesEverybodyAlone()
    {
        var gone = Silo("silo-1");
        var silo = await TableOf(gone).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _simulator.Objects.Delete(gone);
        using var watcher = Watcher("app=another");

        await watcher.SweepAsync(CancellationToken.None);

        Assert.Equal(SiloStatus.Active, (await TableOf(_own).ReadAllAsync()).TryGet(silo.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task Watch_PodDeleted_KillsItsSilo()
    {
        var (first, second) = (Silo("silo-1"), Silo("silo-2"));
        var dead = await TableOf(first).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var over = await TableOf(second).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        using var watcher = Watcher();
        await using var run = Run(watcher);

        _simulator.Objects.Delete(first);
        await _killings.WaitAsync(dead.SiloAddress);
        _simulator.Objects.Patch(ResourceTypes.Pods, "default", second.Name, """{"status":{"phase":"Failed"}}""");
        await _killings.WaitAsync(over.SiloAddress);

        Assert.Equal(2, _killings.Silos.Count);
    }

    [Fact]
    public async Task Watch_PodDeletedWhoseSiloJoinedSinceTheTableWasRead_KillsItsSilo()
    {
        var early = Silo("silo-1");
        var known = await TableOf(early).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        using var watcher = Watcher();
        await using var run = Run(watcher);
        _simulator.Objects.Delete(early);
        await _killings.WaitAsync(known.SiloAddress);

        var late = Silo("silo-2");
        var unknown = await TableOf(late).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _simulator.Objects.Delete(late);

        await _killings.WaitAsync(unknown.SiloAddress);
    }

    [Fact]
    public async Task Watch_PodDeletedWhileItWasCut_KillsItsSilo()
    {
        var pods = new[] { Silo("silo-1"), Silo("silo-2") };
        var silos = new[] { await TableOf(pods[0]).AddAsync(MembershipTables.Entry(SiloStatus.Active)), await TableOf(pods[1]).AddAsync(MembershipTables.Entry(SiloStatus.Active)) };
        using var watcher = Watcher();
        await using var run = Run(watcher);
        _simulator.Objects.Delete(pods[0]);
        await _killings.WaitAsync(silos[0].SiloAddress);

        _simulator.Faults.FreezeWatches("pods");
        _simulator.Objects.Delete(pods[1]);
        _simulator.Faults.CutWatches("pods");
        _simulator.Faults.ThawWatches("pods");

        await _killings.WaitAsync(silos[1].SiloAddress);
    }

    private KubernetesObject Silo(string name) => _simulator.Objects.Create(Pod(name).Labelled(("app", "silo")));

    // The table as the silo in that pod has it.
    private KubernetesMembershipTable TableOf(KubernetesObject pod) => MembershipTables.Table(
        Accesses.To(_simulator), "default", "membership", options => (options.PodName, options.PodUid) = (pod.Name, pod.Uid));

    private PodDeathWatcher Watcher(string selector = "app=silo") => new(
        Accesses.To(_simulator).Connect(TimeSpan.FromSeconds(10)),
        TableOf(_own),
        Options.Create(new KubernetesClusteringOptions { Namespace = "default", Name = "membership", PodName = _own.Name, PodUid = _own.Uid, PodSelector = selector }),
        () => _killings,
        new LocalSilo(MembershipTables.Silo()),
        TimeProvider.System,
        NullLogger<PodDeathWatcher>.Instance);

    private static Running Run(PodDeathWatcher watcher) => new(watcher, Task.Run(watcher.WatchAsync));

    private sealed class Running(PodDeathWatcher watcher, Task watching) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await watcher.StopAsync();
            await watching;
        }
    }

    /// <summary>Notes who is killed.</summary>
    private sealed class Killings : IClusterMembershipService
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HashSet<SiloAddress> Silos { get; } = [];

        public ClusterMembershipSnapshot CurrentSnapshot => throw new NotSupportedException();

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<bool> TryKill(SiloAddress siloAddress)
        {
            lock (_lock)
            {
                Silos.Add(siloAddress);
                var changed = _changed;
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                changed.SetResult();
            }

            return Task.FromResult(true);
        }

        public async Task WaitAsync(SiloAddress silo)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (Silos.Contains(silo)) return;
                    changed = _changed.Task;
                }

                await changed.WaitAsync(Patience);
            }
        }
    }
}
