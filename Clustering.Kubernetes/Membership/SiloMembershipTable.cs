using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The membership table as Orleans in this silo uses it. Thread-safe.</summary>
/// <remarks>
/// <para>Orleans compares heartbeats with its own clock, and needs fewer votes where few silos seem alive. So this class replaces the times of each row
/// with the time at which this silo saw the heartbeat (<see cref="Heartbeats"/>), and restores another silo's times when Orleans writes the row.</para>
/// <para>When a stopping silo cannot write to the table, this class reports success to Orleans, so that the silo ends. It also switches gossip off, so
/// that the other silos hear nothing that the table does not say.</para>
/// </remarks>
internal sealed partial class SiloMembershipTable : IMembershipTable, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly KubernetesMembershipTable _table;
    private readonly KubernetesClusteringOptions _options;
    private readonly ILocalSiloDetails _local;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Heartbeats _heartbeats;
    private readonly Farewell _farewell;

    public SiloMembershipTable(
        KubernetesMembershipTable table, IOptions<KubernetesClusteringOptions> options, IOptions<ClusterMembershipOptions> membership, ILocalSiloDetails local,
        TimeProvider time, ILogger<SiloMembershipTable> log)
    {
        (_table, _options, _local, _time, _log) = (table, options.Value, local, time, log);
        // A silo reads the table at least as often as it writes a heartbeat.
        _heartbeats = new(membership.Value.IAmAliveTablePublishTimeout * 1.5, time);
        _farewell = new(options.Value.LeaveTimeout, time, reason =>
        {
            membership.Value.UseLivenessGossip = false;
            Log.LeftUnsaid(log, options.Value.Namespace, options.Value.Name, ApiException.Describe(reason));
        });
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        // Orleans' membership first reads the table at RuntimeGrainServices.
        lifecycle.Subscribe(nameof(SiloMembershipTable), ServiceLifecycleStage.RuntimeGrainServices - 2, SucceedAsync);
        // The last stage is the first to stop.
        lifecycle.Subscribe(nameof(SiloMembershipTable), ServiceLifecycleStage.Last, _ => Task.CompletedTask, _ =>
        {
            Leave();
            return Task.CompletedTask;
        });
    }

    /// <summary>
    /// Declares dead the silos that ran at this silo's address, or in its pod, before it. Orleans would compare the generations in the addresses, and end
    /// the silo that starts where the clock was set back between the two starts.
    /// </summary>
    internal async Task SucceedAsync(CancellationToken cancellation)
    {
        await _table.InitializeMembershipTableAsync(true, cancellation);
        try
        {
            var former = await _table.SucceedAsync(_local.SiloAddress, cancellation);
            if (former.Count > 0) Log.Succeeded(_log, string.Join(", ", former));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Log.CannotSucceed(_log, e);
        }
    }

    /// <summary>The silo stops.</summary>
    internal void Leave()
    {
        _table.HealNothing();
        _farewell.Begin();
    }

    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default) =>
        _table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) =>
        _farewell.AccessAsync(async token => Seen(await _table.ReadAllAsync(token)), () => Seen(Known.ToTable()), cancellationToken);

    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) =>
        _farewell.AccessAsync(async token => Seen(await _table.ReadRowAsync(key, token)), () => Seen(Known.ToTable(key)), cancellationToken);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.InsertRowAsync(entry, tableVersion, token), cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.UpdateRowAsync(WithItsOwnTimes(entry), etag, tableVersion, token), cancellationToken);

    /// <summary>
    /// Writes a heartbeat; the same write drops the rows of silos that have long been dead, or have never finished joining. A failure is counted and not
    /// thrown: after an exception Orleans may wait up to a minute before the next heartbeat, and the other silos would take this silo for lost.
    /// </summary>
    public async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default)
    {
        try
        {
            await WriteAsync(token => _table.HeartbeatAsync(entry, IsForgotten, token), cancellationToken);
            _heartbeats.Look(Known.Rows);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NoHeartbeat(_log, e);
        }
    }

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.CleanupDefunctSiloEntriesAsync(beforeDate, token), cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default) =>
        _table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync();

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId);

    // A silo that has not joined after five minutes gives up by itself.
    private bool IsForgotten(MembershipRow row) =>
        row.Status is SiloStatus.Dead or SiloStatus.Created or SiloStatus.Joining && _heartbeats.AgeOf(row.Address) > _options.DefunctAfter;

    // Notes the heartbeats as they were written, and replaces their times with times of this silo's clock.
    private MembershipTableData Seen(MembershipTableData data)
    {
        _heartbeats.Look(Known.Rows);
        var now = _time.GetUtcNow().UtcDateTime;
        foreach (var (entry, _) in data.Members)
        {
            if (entry.Status == SiloStatus.Dead) continue;
            // This silo is alive, even where it cannot write its heartbeat.
            var age = entry.SiloAddress.Equals(_local.SiloAddress) ? null : _heartbeats.AgeOf(entry.SiloAddress.ToParsableString());
            var ran = entry.IAmAliveTime - entry.StartTime;
            entry.IAmAliveTime = now - (age ?? TimeSpan.Zero);
            // Both times are of the other silo's clock, so their difference is right.
            entry.StartTime = entry.IAmAliveTime - (ran > TimeSpan.Zero ? ran : TimeSpan.Zero);
        }

        return data;
    }

    private MembershipEntry WithItsOwnTimes(MembershipEntry entry)
    {
        if (!entry.SiloAddress.Equals(_local.SiloAddress) && Known.Find(entry.SiloAddress.ToParsableString()) is { } row)
            (entry.StartTime, entry.IAmAliveTime) = (row.StartTime, row.IAmAliveTime);
        return entry;
    }

    private MembershipDocument Known => _table.Known ?? MembershipDocument.Empty("");

    private Task<bool> WriteAsync(Func<CancellationToken, Task<bool>> write, CancellationToken cancellation) =>
        _farewell.AccessAsync(write, static () => true, cancellation);

    private Task<bool> WriteAsync(Func<CancellationToken, Task> write, CancellationToken cancellation) => WriteAsync(
        async token =>
        {
            await write(token);
            return true;
        },
        cancellation);

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Warning, "The membership table, ConfigMap {Namespace}/{Name}, could not be told that this silo leaves: {Reason}; the other silos detect its end by probes")]
        public static partial void LeftUnsaid(ILogger logger, string @namespace, string name, string reason);

        [LoggerMessage(111, LogLevel.Information, "Declared dead the silos that ran here before this silo: {Silos}")]
        public static partial void Succeeded(ILogger logger, string silos);

        [LoggerMessage(112, LogLevel.Warning, "Could not declare dead the silos that ran here before this silo; starting without")]
        public static partial void CannotSucceed(ILogger logger, Exception exception);

        [LoggerMessage(113, LogLevel.Debug, "Could not write a heartbeat; trying again")]
        public static partial void NoHeartbeat(ILogger logger, Exception exception);
    }
}
