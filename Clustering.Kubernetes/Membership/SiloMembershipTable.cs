using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The table as the silo that is a member of it uses it, until it leaves. Thread-safe.</summary>
/// <remarks>
/// <para>Orleans compares heartbeats with its own clock, and lets one vote do where too few silos seem alive. So it is given the time at which this silo
/// saw each heartbeat, by <see cref="Heartbeats"/>; what it writes back of another silo's times is what was read.</para>
/// <para>When the table cannot be told that the silo leaves, Orleans is told that it was, so that the silo ends; and gossip is switched off, so that
/// nobody else is told what the table does not say.</para>
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
        // A silo looks when it gives a heartbeat, at the latest.
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
    /// Declares dead what ran at this silo's address, or in its pod, before it. Orleans would do so by the time in the address, and where the clock was set
    /// back between two starts, take the silo that starts for the older one, and end it.
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

    /// <inheritdoc/>
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default) =>
        _table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) =>
        _farewell.AccessAsync(async token => Seen(await _table.ReadAllAsync(token)), () => Seen(Known.ToTable()), cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) =>
        _farewell.AccessAsync(async token => Seen(await _table.ReadRowAsync(key, token)), () => Seen(Known.ToTable(key)), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.InsertRowAsync(entry, tableVersion, token), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.UpdateRowAsync(WithItsOwnTimes(entry), etag, tableVersion, token), cancellationToken);

    /// <summary>
    /// Gives a heartbeat, and drops the rows of silos that have been dead, or have not come further than joining, for long in the same write. One that fails is not reported, only counted: Orleans
    /// would let up to a minute pass before the next, and the others take this silo for lost meanwhile.
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

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        WriteAsync(token => _table.CleanupDefunctSiloEntriesAsync(beforeDate, token), cancellationToken);

    /// <inheritdoc/>
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

    // Rows are looked at as they were written, and handed out by this silo's clock.
    private MembershipTableData Seen(MembershipTableData data)
    {
        _heartbeats.Look(Known.Rows);
        var now = _time.GetUtcNow().UtcDateTime;
        foreach (var (entry, _) in data.Members)
        {
            if (entry.Status == SiloStatus.Dead) continue;
            // This silo is alive, whatever it could write.
            var age = entry.SiloAddress.Equals(_local.SiloAddress) ? null : _heartbeats.AgeOf(entry.SiloAddress.ToParsableString());
            var ran = entry.IAmAliveTime - entry.StartTime;
            entry.IAmAliveTime = now - (age ?? TimeSpan.Zero);
            // Both are of one clock, so what lies between them is right.
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
        [LoggerMessage(110, LogLevel.Warning, "The membership table, ConfigMap {Namespace}/{Name}, could not be told that this silo leaves: {Reason}; the others find out by themselves, as when a silo is lost")]
        public static partial void LeftUnsaid(ILogger logger, string @namespace, string name, string reason);

        [LoggerMessage(111, LogLevel.Information, "Declared dead what ran here before this silo: {Silos}")]
        public static partial void Succeeded(ILogger logger, string silos);

        [LoggerMessage(112, LogLevel.Warning, "Could not declare dead what ran here before this silo; going on without")]
        public static partial void CannotSucceed(ILogger logger, Exception exception);

        [LoggerMessage(113, LogLevel.Debug, "No heartbeat could be written; trying again")]
        public static partial void NoHeartbeat(ILogger logger, Exception exception);
    }
}
