using System.Diagnostics;
using MetaCollector.ApiServer;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Leadership;
using MetaCollector.Informer.Reading;
using MetaCollector.Informer.Storing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Informer;

/// <summary>
/// The informer of one silo: waits until it leads, reads the API server, feeds the namespaces, and starts over when its term ends.
/// </summary>
internal sealed class InformerService(
    IOptions<InformerOptions> options,
    ILeaderElection election,
    ILeaderAnnouncer announcer,
    LeaderDirectory directory,
    ILocalSiloDetails silo,
    IFeedTarget target,
    ApiServerAccess access,
    ResourceStore store,
    VersionPool pool,
    InformerStatus status,
    InformerMetrics metrics,
    FeedMetrics feedMetrics,
    Faults faults,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<InformerService> logger) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(5);

    private readonly InformerOptions _options = options.Value;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ApiConnection _server = access.Connect();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        status.Server = _server.Url;
        logger.Reading(_server.Url);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Hands the leadership over before other services stop: the grains of this silo are then activated elsewhere, and ask the next leader.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (ExecuteTask is { } running) await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        _stopping.Dispose();
        _server.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, stoppingToken, lifetime.ApplicationStopping);
        await using var readers = new Readers(_server, store, pool, _options, status, metrics, faults, time, logger);
        try
        {
            await StartedAsync(stop.Token);
            while (true)
            {
                try
                {
                    var leadership = await AcquireAsync(readers, stop.Token);
                    await LeadAsync(leadership, readers, stop.Token);
                }
                catch (Exception exception) when (!stop.IsCancellationRequested)
                {
                    logger.InformerFailed(exception);
                    await Task.Delay(PauseAfterFailure, time, stop.Token);
                }

                stop.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    // Waits until the silo has started: a silo that is still joining cannot answer questions to the leader.
    private async Task StartedAsync(CancellationToken stop)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stop);
    }

    // Keeps the readers running for a while: a leader that was refused often leads again at once.
    private async Task<ILeadership> AcquireAsync(Readers readers, CancellationToken stop)
    {
        var acquiring = election.AcquireAsync(stop);
        if (readers.AreRunning && await Task.WhenAny(acquiring, Task.Delay(_options.ReadersLinger, time, stop)) != acquiring)
            await readers.StopAsync();
        return await acquiring;
    }

    private async Task LeadAsync(ILeadership leadership, Readers readers, CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        var reason = "this silo stops";
        var term = new LeaderTerm(
            leadership.Term,
            target.FeedAsync,
            time,
            faults,
            logger.FeedFailed,
            _options.MaxSnapshotsInFlight,
            feedMetrics);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(leadership.Lost, stop);
        Announcements? announcements = null;
        try
        {
            directory.Observe(term.Number);
            logger.Leading(term.Number);
            status.Leads(term.Number, isSynced: false);
            readers.Start();
            store.BeginTerm(term);
            announcements = new Announcements(term.Number, silo.SiloAddress, announcer, status);
            var ended = EndOfAsync(term, over.Token);
            if (await Task.WhenAny(term.Synced, ended) == term.Synced)
            {
                status.Leads(term.Number, isSynced: true);
                metrics.TookOver(Stopwatch.GetElapsedTime(started));
                announcements.Synced();
                logger.Synced(
                    term.Number, store.Count, store.NamespaceCount, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            var why = await ended;
            if (!stop.IsCancellationRequested) reason = why;
            else if (election.HasOthers) await HandOverAsync(leadership, term, announcements);
        }
        finally
        {
            store.EndTerm();
            announcements?.Dispose();
            status.Leads(0, isSynced: false);
            await over.CancelAsync();
            logger.LeadsNoMore(term.Number, reason);
            await leadership.ReleaseAsync();
        }
    }

    // Feeds on until another silo is elected, which is safe since grains reject an older term, and waits until that silo is in sync.
    private async Task HandOverAsync(ILeadership leadership, LeaderTerm term, Announcements announcements)
    {
        using var patience = new CancellationTokenSource(HandOverTime, time);
        // No silo is elected if the Lease could not be released.
        if (!await leadership.ReleaseAsync()) return;
        announcements.Leaving();
        await EndOfAsync(term, patience.Token);
        store.EndTerm();
        while (!patience.IsCancellationRequested && election.HasOthers)
        {
            var generation = directory.Generation;
            if (directory.Leader is { IsSynced: true } next && next.Term > term.Number) break;
            await directory.ChangeSince(generation).WaitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Waits until the term ends, and returns the reason.
    private async Task<string> EndOfAsync(LeaderTerm term, CancellationToken over)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(over);
        try
        {
            var rise = directory.WaitForTermAboveAsync(term.Number, ended.Token);
            if (await Task.WhenAny(term.Refused, rise) != rise)
            {
                directory.Observe(await term.Refused);
                return $"refused, term {directory.HighestTerm} has begun";
            }

            await rise;
            return $"term {directory.HighestTerm} has begun";
        }
        catch (OperationCanceledException)
        {
            return "another leads";
        }
        finally
        {
            await ended.CancelAsync();
        }
    }
}
