using System.Net;
using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Leadership;
using MetaCollector.Informer.Storing;
using MetaCollector.Simulator;
using MetaCollector.Tests.Informer.Reading;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Informer;

public sealed class InformerServiceTests : IAsyncLifetime
{
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    private readonly string _kubeconfig = Path.GetTempFileName();
    private readonly ManualElection _election = new();
    private readonly RecordingAnnouncer _announcer = new();
    private readonly FedNamespaces _fed = new();
    private ApiServerSimulator _api = null!;
    private IHost _host = null!;

    private ILeader Leader => _host.Services.GetRequiredService<ILeader>();

    private InformerStatus Status => _host.Services.GetRequiredService<InformerStatus>();

    private LeaderDirectory Directory => _host.Services.GetRequiredService<LeaderDirectory>();

    public async ValueTask InitializeAsync()
    {
        _api = await ApiServerSimulator.StartAsync();
        ReadersTests.SmallCluster(_api);
        await _api.WriteKubeconfigAsync(_kubeconfig);
        _host = Build(_kubeconfig);
        await _host.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    [Fact]
    public async Task Service_BeforeItLeads_ReadsNothingAndAnswersNothing()
    {
        await Eventually.HoldsAsync(() => _election.Candidacies == 1, "the silo is a candidate");

        Assert.Equal(0, _api.Requests.Total);
        Assert.Throws<NotLeadingException>(() => Leader.GetNode("node-a"));
        Assert.Throws<NotLeadingException>(() => Leader.VerifyNamespace("default", Position.None));
    }

    [Fact]
    public async Task Service_OfASiloThatIsStillJoining_IsNoCandidate()
    {
        await Eventually.HoldsAsync(() => _election.Candidacies == 1, "the other silo, which has joined, is a candidate");
        var joining = new Joining();
        using var host = Build(_kubeconfig, services => services.AddSingleton<IHostedService>(joining));
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var candidate = new TaskCompletionSource<bool>();
        _election.OnCandidacy = () => candidate.TrySetResult(lifetime.ApplicationStarted.IsCancellationRequested);

        var starting = host.StartAsync(TestContext.Current.CancellationToken);
        await joining.Reached;
        // Whoever does not wait is one at once.
        await Task.WhenAny(candidate.Task, Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken));
        joining.Join();
        await starting;

        Assert.True(await candidate.Task, "it was a candidate before it had started");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Service_Leading_AnnouncesItselfAndThenThatItIsInSync()
    {
        _election.Win(7);
        await SyncedAsync(7);

        Assert.Equal([new(7, Silo, false) { Number = 1 }, new(7, Silo, true) { Number = 2 }], _announcer.Announced);
        Assert.Equal(7, Directory.HighestTerm);
        var inventory = Leader.GetNode("node-a");
        Assert.Equal((7, "default"), (inventory.Term, Assert.Single(inventory.Namespaces).Namespace));
        Assert.True(Leader.VerifyNamespace("default", _fed.PositionOf("default")).IsCurrent);
        Assert.True(Status is { IsLeading: true, IsSynced: true, Term: 7, Trouble: null });
    }

    [Fact]
    public async Task Service_AskedAboutAnUnknownNamespace_SaysThatItIsGoneAndMakesNothingOfIt()
    {
        _election.Win(1);
        await SyncedAsync(1);
        var store = _host.Services.GetRequiredService<ResourceStore>();
        var namespaces = store.NamespaceCount;

        var verdict = Leader.VerifyNamespace("nobody-knows-me", new Position(0, 5));

        Assert.False(verdict.IsCurrent);
        Assert.True(verdict.GoneAsOf > _fed.PositionOf("default"));
        Assert.Equal(namespaces, store.NamespaceCount);
        Assert.True(Leader.GetPosition("nobody-knows-me").IsNone);
        Assert.True(_fed.PositionOf("nobody-knows-me").IsNone);
    }

    [Fact]
    public async Task Service_Refused_AcquiresAnewAndFeedsInTheNewTermWithoutReadingAgain()
    {
        _election.Win(1);
        await SyncedAsync(1);
        var asked = _api.Requests.Total;

        _fed.Interfere = batch => batch.Position.Term == 1 ? new Receipt(Verdict.Refused, new Position(5, 1), 5) : null;
        _api.Objects.Create(Pod("new").On("node-a"));
        await Eventually.HoldsAsync(() => _election.Candidacies == 2, "the silo is a candidate again");
        Assert.Equal(5, Directory.HighestTerm);
        _election.Win(6);
        await SyncedAsync(6);

        Assert.NotNull(_fed.Find(ResourceKind.Pod, "new"));
        Assert.Equal(6, _fed.PositionOf("default").Term);
        Assert.Equal(asked, _api.Requests.Total);
        Assert.Null(_announcer.Announced[2]);
    }

    [Fact]
    public async Task Service_SeesANewerTerm_LeadsNoMore()
    {
        var leadership = _election.Win(1);
        await SyncedAsync(1);

        Directory.Observe(2);
        await Eventually.HoldsAsync(() => _election.Candidacies == 2, "the silo is a candidate again");

        Assert.True(leadership.IsReleased);
        Assert.Throws<NotLeadingException>(() => Leader.GetNode("node-a"));
    }

    [Fact]
    public async Task Service_LeadershipLost_StopsReadingAfterAWhileAndReadsAgainWhenItLeads()
    {
        var leadership = _election.Win(1);
        await SyncedAsync(1);

        leadership.Lose();
        await Eventually.HoldsAsync(() => _api.Requests.OpenWatches.Count == 0, "the readers stop");
        await Eventually.HoldsAsync(() => Status.Kinds.Sum(kind => kind.Objects) == 0, "what they read is forgotten once all have stopped");
        _api.Objects.Create(Pod("meanwhile").On("node-a"));
        _election.Win(2);
        await SyncedAsync(2);

        Assert.NotNull(_fed.Find(ResourceKind.Pod, "meanwhile"));
    }

    [Fact]
    public async Task Service_GrainsUnreachable_IsNotInSyncUntilEachHasBeenFed()
    {
        var isAway = true;
        _fed.Interfere = batch => isAway && batch.Namespace == "kube-system" ? throw new TimeoutException() : null;
        _election.Win(1);
        await Eventually.HoldsAsync(() => _fed.PositionOf("default").Term == 1, "the others are fed");
        Assert.False(Status.IsSynced);

        isAway = false;
        await SyncedAsync(1);
    }

    [Fact]
    public async Task Service_Stopped_ReleasesTheLeadershipWithinASecond()
    {
        var leadership = _election.Win(1);
        await SyncedAsync(1);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await _host.StopAsync(TestContext.Current.CancellationToken);

        Assert.True(leadership.IsReleased);
        Assert.Null(_announcer.Announced[^1]);
        // A second when idle; tests share their machine.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Service_StoppedWithOthersThere_FeedsUntilAnotherLeadsAndWaitsUntilItIsInSync()
    {
        _election.HasOthers = true;
        var leadership = _election.Win(1);
        await SyncedAsync(1);

        var stopping = _host.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => _announcer.Announced[^1] is { IsLeaving: true }, "the others are told to look at the Lease");
        Assert.True(leadership.IsReleased);
        _api.Objects.Create(Pod("meanwhile").On("node-a"));
        await Eventually.HoldsAsync(() => _fed.Find(ResourceKind.Pod, "meanwhile") is not null, "it is still fed");

        var other = SiloAddress.New(IPAddress.Loopback, 11112, 1);
        Directory.Announce(new LeaderAnnouncement(2, other, IsSynced: false));
        await Eventually.HoldsAsync(() => Record.Exception(() => Leader.GetNode("node-a")) is NotLeadingException, "it leads no more");
        Assert.False(stopping.IsCompleted);
        Directory.Announce(new LeaderAnnouncement(2, other, IsSynced: true) { Number = 1 });
        await stopping;
    }

    [Fact]
    public async Task Service_WithoutAConfiguration_DoesNotStart()
    {
        using var host = Build("/does/not/exist");

        var exception = await Assert.ThrowsAsync<ConnectionException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal("kubeconfig /does/not/exist: no such file", exception.Message);
    }

    private Task SyncedAsync(long term) =>
        Eventually.HoldsAsync(() => Status is { IsSynced: true } status && status.Term == term, $"term {term} is in sync");

    private IHost Build(string kubeconfig, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILeaderElection>(_election);
        builder.Services.AddSingleton<ILeaderAnnouncer>(_announcer);
        builder.Services.AddSingleton<IFeedTarget>(_fed);
        builder.Services.AddSingleton<ILocalSiloDetails>(new LocalSilo(Silo));
        builder.Services.AddApiServer(options => options.Kubeconfig = kubeconfig);
        builder.Services.AddInformer(options => options.ReadersLinger = TimeSpan.FromSeconds(2));
        configure?.Invoke(builder.Services);
        return builder.Build();
    }
    /// <summary>A part of the program that starts after the informer, and takes until the test says so.</summary>
    private sealed class Joining : IHostedService
    {
        private readonly TaskCompletionSource _reached = new();
        private readonly TaskCompletionSource _joined = new();

        public Task Reached => _reached.Task;

        public void Join() => _joined.SetResult();

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _reached.SetResult();
            return _joined.Task;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
