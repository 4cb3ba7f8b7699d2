using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// Orleans' membership table in one ConfigMap. Thread-safe.
/// </summary>
/// <remarks>
/// <para>All rows and the version are one object: a read is one GET, a write one PUT that is guarded by the object's resourceVersion. Orleans gets
/// etags that the table makes itself: the resourceVersion changes with each heartbeat, and a write that fails for a heartbeat would cost Orleans a back-off
/// of two seconds or more. When a PUT meets a newer resourceVersion, this class reads the table again, checks the etags again, and repeats the write.</para>
/// <para>An API server that does not answer causes an exception, never an empty table. The next read repairs a table that somebody deleted or
/// edited: see <see cref="MembershipHealing"/>.</para>
/// </remarks>
internal sealed partial class KubernetesMembershipTable
{
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromSeconds(30);

    private readonly MembershipObject _object;
    private readonly KubernetesClusteringOptions _options;
    private readonly string _clusterId;
    private readonly MembershipInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private MembershipDocument? _known;
    private volatile bool _healsNothing;

    public KubernetesMembershipTable(
        ApiConnection api,
        IOptions<KubernetesClusteringOptions> options,
        IOptions<ClusterOptions> cluster,
        MembershipInstruments instruments,
        TimeProvider time,
        ILogger<KubernetesMembershipTable> log)
    {
        _options = options.Value;
        _object = new(api, _options.Namespace, _options.Name, _options.Labels);
        _clusterId = cluster.Value.ClusterId;
        _instruments = instruments;
        _time = time;
        _log = log;
    }

    /// <summary>The newest table that this silo has read or written; null before the first.</summary>
    internal MembershipDocument? Known
    {
        get { lock (_lock) return _known; }
    }

    /// <summary>Why the table cannot be read while this silo waits for it, to join; null where it does not wait.</summary>
    internal string? Trouble { get; private set; }

    /// <summary>
    /// From now on neither creates nor repairs the table: a silo that stops must not recreate a ConfigMap that was deleted with the whole cluster.
    /// </summary>
    internal void HealNothing() => _healsNothing = true;

    /// <summary>
    /// Waits for the API server as long as it takes, and logs that. Orleans tries only once, and Kubernetes restarts a failed pod after ever longer pauses.
    /// </summary>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default)
    {
        var started = _time.GetTimestamp();
        var saidAt = TimeSpan.MinValue;
        while (true)
        {
            try
            {
                await (tryInitTableVersion ? LoadAsync(cancellationToken) : _object.ReadAsync(cancellationToken));
                Trouble = null;
                return;
            }
            catch (Exception e) when (e is not MembershipTableException)
            {
                // The request may have failed because it was cancelled.
                cancellationToken.ThrowIfCancellationRequested();
                Trouble = ApiException.Describe(e);
                var waited = _time.GetElapsedTime(started);
                if (saidAt < TimeSpan.Zero || waited - saidAt >= SayAgainAfter)
                {
                    Log.WaitingForTable(_log, _options.Namespace, _options.Name, (long)waited.TotalSeconds, Trouble);
                    saidAt = waited;
                }

                await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="IMembershipTable.ReadAllAsync"/>
    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default) =>
        (await ReadAsync(cancellationToken)).Table!.ToTable();

    /// <inheritdoc cref="IMembershipTable.ReadRowAsync"/>
    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default) =>
        (await ReadAsync(cancellationToken)).Table!.ToTable(key);

    /// <inheritdoc cref="IMembershipTable.InsertRowAsync"/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        // Orleans inserts the row of its own silo only, so the pod is this silo's.
        WriteAsync(table => table.Insert(entry, tableVersion, _options.PodName, _options.PodUid), cancellationToken);

    /// <inheritdoc cref="IMembershipTable.UpdateRowAsync"/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) =>
        WriteAsync(table => table.Update(entry, etag, tableVersion), cancellationToken);

    /// <inheritdoc cref="IMembershipTable.CleanupDefunctSiloEntriesAsync"/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default) =>
        WriteAsync(table => table.Cleanup(beforeDate), cancellationToken);

    /// <summary>The highest generation of any silo in the table; 0 where it cannot be read now, or is empty.</summary>
    internal async Task<int> HighestGenerationAsync(CancellationToken cancellation)
    {
        try
        {
            var reading = await _object.ReadAsync(cancellation);
            return reading.Table?.Rows.Select(row => SiloAddress.FromParsableString(row.Address).Generation).DefaultIfEmpty().Max() ?? 0;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // The next read of the table reports the failure.
            return 0;
        }
    }

    /// <summary>Writes a heartbeat, and drops rows, in one write.</summary>
    internal Task HeartbeatAsync(MembershipEntry entry, Func<MembershipRow, bool> isForgotten, CancellationToken cancellation) =>
        WriteAsync(table => table.Heartbeat(entry.SiloAddress, entry.IAmAliveTime).Without(isForgotten), cancellation);

    /// <summary>Declares dead the silos that ran at a starting silo's address, or in its pod, before it.</summary>
    /// <returns>The silos that were declared dead.</returns>
    internal async Task<IReadOnlySet<string>> SucceedAsync(SiloAddress silo, CancellationToken cancellation)
    {
        var former = new HashSet<string>();
        await WriteAsync(
            table =>
            {
                former = table.FormerLivesOf(silo, _options.PodUid);
                return table.Without(row => row.Address == silo.ToParsableString()).DeclareDead(former, silo, _time.GetUtcNow().UtcDateTime);
            },
            cancellation);
        return former;
    }

    /// <summary>Declares silos dead in one write. Ignores silos that are dead already or have no row.</summary>
    internal Task DeclareDeadAsync(IReadOnlySet<string> silos, SiloAddress by, CancellationToken cancellation) =>
        WriteAsync(table => table.DeclareDead(silos, by, _time.GetUtcNow().UtcDateTime), cancellation);

    /// <summary>Reads the rows for a client, without creating or repairing the table.</summary>
    internal async Task<IReadOnlyList<MembershipRow>> ReadAsClientAsync(CancellationToken cancellation)
    {
        var reading = await _object.ReadAsync(cancellation);
        if (reading.Table is { } table) Remember(table);
        return Known?.Rows ?? throw new MembershipTableException($"The ConfigMap {_options.Namespace}/{_options.Name} holds no membership table.");
    }

    /// <inheritdoc cref="IMembershipTable.DeleteMembershipTableEntriesAsync"/>
    public async Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default)
    {
        if (clusterId != _clusterId) return;
        while (true)
        {
            var reading = await _object.ReadAsync(cancellationToken);
            if (reading.Condition == TableCondition.Missing) break;
            if (await _object.TryWriteAsync(reading, MembershipDocument.Empty(_clusterId), cancellationToken) is not null) break;
        }

        lock (_lock) _known = null;
    }

    private Task<MembershipObject.Reading> ReadAsync(CancellationToken cancellation) => CountedAsync("read", () => LoadAsync(cancellation));

    private Task<bool> WriteAsync(Func<MembershipDocument, MembershipDocument?> change, CancellationToken cancellation) =>
        CountedAsync("write", () => ChangeAsync(change, cancellation));

    private async Task<T> CountedAsync<T>(string operation, Func<Task<T>> access)
    {
        try
        {
            return await access();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _instruments.Failed(operation);
            throw;
        }
    }

    // False where the change is refused; a document that stays the same is not written.
    private async Task<bool> ChangeAsync(Func<MembershipDocument, MembershipDocument?> change, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reading = await LoadAsync(cancellation);
            var next = change(reading.Table!);
            if (next is null) return false;
            if (ReferenceEquals(next, reading.Table)) return true;
            if (await _object.TryWriteAsync(reading, next, cancellation) is { } written)
            {
                Remember(written);
                return true;
            }

            await BackOffAsync(attempt, cancellation);
        }
    }

    // Reads the table, and repairs it where necessary.
    private async Task<MembershipObject.Reading> LoadAsync(CancellationToken cancellation)
    {
        var unhealed = _time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var reading = await _object.ReadAsync(cancellation);
            var known = Known;
            if (reading.Table is { } table && table.ClusterId != _clusterId && reading.Condition == TableCondition.Sound)
                throw new MembershipTableException($"The ConfigMap {_options.Namespace}/{_options.Name} holds the membership of cluster '{table.ClusterId}', not of '{_clusterId}': choose another name.");

            var healed = MembershipHealing.Heal(known, reading.Condition, reading.Table, _clusterId);
            if (healed is null)
            {
                Remember(reading.Table!);
                return reading;
            }

            if (_healsNothing) throw new MembershipTableException($"it was found {reading.Condition.ToString().ToLowerInvariant()}");

            // A silo that has not read the table before waits for a silo that has, for as long as RepairPatience.
            if (known is null && reading.Condition is TableCondition.Unreadable or TableCondition.Edited
                && _time.GetElapsedTime(unhealed) < _options.RepairPatience)
            {
                Log.LeavingRepairToOthers(_log, _options.Namespace, _options.Name, reading.Condition);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellation);
                continue;
            }

            if (await _object.TryWriteAsync(reading, healed, cancellation) is not { } written)
            {
                await BackOffAsync(attempt, cancellation);
            }
            else if (known is null && reading.Condition == TableCondition.Missing)
            {
                Log.TableCreated(_log, _options.Namespace, _options.Name);
            }
            else
            {
                _instruments.Repaired();
                Log.TableHealed(_log, _options.Namespace, _options.Name, reading.Condition, reading.Table?.Version, written.Version, written.Rows.Length);
            }
        }
    }

    private void Remember(MembershipDocument table)
    {
        lock (_lock)
        {
            // Answers may overtake one another; versions only grow, and a repair raises them too.
            if (_known is null || _known.Version <= table.Version) _known = table;
        }
    }

    private Task BackOffAsync(int attempt, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(2, 10 << Math.Min(attempt, 5))), _time, cancellation);
}
