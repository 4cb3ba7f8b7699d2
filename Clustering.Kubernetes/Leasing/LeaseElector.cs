using System.Threading.Channels;
using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>
/// Elects one leader among many with a Kubernetes Lease, and gives each election a higher term than all before. Thread-safe;
/// one for each process, identity and Lease.
/// </summary>
/// <remarks>
/// <para>A Lease cannot keep two processes from believing that they lead: one of them may be frozen, or cut off. But it numbers the elections, so that a
/// receiver can refuse a leader with an older number (a fencing token). The number, the term, is the Lease's <c>leaseTransitions</c>; a candidate takes the
/// Lease with a write that is guarded by resourceVersion, so no two candidates win one term.</para>
/// <para>So a leader that cannot renew keeps leading: while nobody else is elected, it serves its receivers better than nobody would. It stops when it sees a
/// newer term in the Lease, or <see cref="Tell"/> names one.</para>
/// <para>No two clocks are compared: a candidate measures with its own monotonic clock for how long it has read the Lease unchanged. While it cannot
/// read the Lease no time counts, since the holder could not renew it either.</para>
/// </remarks>
public sealed partial class LeaseElector : IAsyncDisposable
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ILeaseStore _store;
    private readonly LeaseElectorOptions _options;
    private readonly LeaseSurroundings _surroundings;
    private readonly LeaseInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Random _random;
    private readonly SemaphoreSlim _acquiring = new(1);
    private LeaseLeadership? _current;
    private long _highestTerm;
    private LeaseRecord? _observed;
    private TimeSpan _unchanged;
    private long _lookedAt;

    /// <summary>An elector for the Lease that the options name.</summary>
    /// <param name="api">The connection to use.</param>
    /// <param name="identity">The holder's identity in the Lease, which no other process has or has had.</param>
    /// <param name="options">How the Lease is held and taken.</param>
    /// <param name="surroundings">Connects the elector to the program around it.</param>
    /// <param name="instruments">The metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ArgumentException">Options are out of range; the message names all of them.</exception>
    public LeaseElector(
        ApiConnection api, string identity, LeaseElectorOptions options, LeaseSurroundings surroundings, LeaseInstruments instruments,
        TimeProvider time, ILogger<LeaseElector> log)
        : this(new KubernetesLeaseStore(api, options), identity, options, surroundings, instruments, time, log, Random.Shared)
    {
    }

    internal LeaseElector(
        ILeaseStore store, string identity, LeaseElectorOptions options, LeaseSurroundings surroundings, LeaseInstruments instruments,
        TimeProvider time, ILogger log, Random random)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        options.Validate();
        (_store, Identity, _options, _surroundings, _instruments, _time, _log, _random) =
            (store, identity, options, surroundings, instruments, time, log, random);
    }

    /// <summary>The holder's identity in the Lease.</summary>
    public string Identity { get; }

    /// <summary>Why this process cannot read, take or renew the Lease, in one line; null where it can.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The leadership that was won last; it may be lost.</summary>
    internal LeaseLeadership? Current => Volatile.Read(ref _current);

    /// <summary>
    /// Waits, as long as it takes, until this process leads. Ends the leadership that it still has, if any. Logs, counts and retries
    /// failures.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; this process does not hold the Lease.</exception>
    public async Task<LeaseLeadership> AcquireAsync(CancellationToken cancellation)
    {
        await _acquiring.WaitAsync(cancellation);
        try
        {
            if (Interlocked.Exchange(ref _current, null) is { } former) await former.EndAsync("acquired anew", release: false);
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (await TryOnceAsync(cancellation) is { } leadership)
                {
                    if (!cancellation.IsCancellationRequested)
                    {
                        Volatile.Write(ref _current, leadership);
                        return leadership;
                    }

                    await leadership.ReleaseAsync();
                }

                await WaitAsync(cancellation);
            }
        }
        finally
        {
            _acquiring.Release();
        }
    }

    /// <summary>Reads the Lease at once. Call it when the holder may have died or stopped.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Reports a term that this process has seen elsewhere: this process loses a leadership with a lower term.</summary>
    public void Tell(long term)
    {
        if (Current is { } leadership && leadership.Term < term) leadership.Lose($"term {term} was seen");
    }

    /// <summary>Releases the Lease.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Current is { } leadership) await leadership.ReleaseAsync();
        _acquiring.Dispose();
    }

    // Reads the Lease and, where it is free, tries once to take it. A write is never cancelled, since it may succeed.
    private async Task<LeaseLeadership?> TryOnceAsync(CancellationToken cancellation)
    {
        try
        {
            var record = await _store.ReadAsync(cancellation);
            if (Trouble is not null) Log.LookingAgain(_log, _options.Namespace, _options.Name);
            Trouble = null;
            NoteLook();
            if (record is null)
            {
                if (IsExpectedBack()) return null;
                // Without a holder at first: the term depends on the creationTimestamp that the API server sets.
                record = await _store.TryCreateAsync(new("", 0, null, null), CancellationToken.None);
                if (record is null) return null;
                Log.Created(_log, _options.Namespace, _options.Name);
            }

            Observe(record);
            if (WhyToTake(record) is not { } reason) return null;

            var now = _time.GetUtcNow().UtcDateTime;
            var term = 1 + Math.Max(Math.Max(record.Term, record.TermsBefore), Math.Max(_highestTerm, _surroundings.HighestTerm()));
            var taken = await _store.TryReplaceAsync(record with { Holder = Identity, Transitions = term, AcquireTime = now, RenewTime = now }, CancellationToken.None);
            if (taken is null) return null;

            Observe(taken);
            Log.Acquired(_log, Identity, term, reason);
            return new(this, taken, term);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            var reason = ApiException.Describe(e);
            if (Trouble is null) Log.CannotLook(_log, _options.Namespace, _options.Name, reason);
            Trouble = reason;
            _instruments.CandidateFailed();
            return null;
        }
    }

    private void NoteLook()
    {
        var (last, now) = (_lookedAt, _time.GetTimestamp());
        var since = _time.GetElapsedTime(last, now);
        // A long gap between two reads counts as two intervals at most.
        _unchanged += since < _options.RetryInterval * 2 ? since : _options.RetryInterval * 2;
        _lookedAt = now;
    }

    private void Observe(LeaseRecord record)
    {
        if (_observed?.SaysTheSameAs(record) != true)
        {
            _observed = record;
            _unchanged = TimeSpan.Zero;
        }

        if (record.Term > _highestTerm) _highestTerm = record.Term;
        if (record.Holder.Length > 0 && record.Term > 0) _surroundings.TermSeen(record.Term);
    }

    // The holder recreates a Lease that somebody deleted, so candidates wait for it. A candidate that has not read the Lease yet waits where it has seen
    // a term elsewhere.
    private bool IsExpectedBack() => _unchanged < _options.LeaseDuration && (_observed is { } known
        ? known.Holder.Length > 0 && known.Holder != Identity && !_surroundings.IsDead(known.Holder)
        : _surroundings.HighestTerm() > 0);

    private string? WhyToTake(LeaseRecord record)
    {
        if (record.Holder.Length == 0) return "nobody held it";
        // We hold it and do not lead: the answer to our release, or to our taking it, got lost.
        if (record.Holder == Identity) return "it was ours";
        if (_surroundings.IsDead(record.Holder)) return $"{record.Holder} is dead";
        return _unchanged >= _options.LeaseDuration ? $"{record.Holder} did not renew it" : null;
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var woken = _wake.Reader.WaitToReadAsync(over.Token).AsTask();
        await Task.WhenAny(woken, Task.Delay(Jittered(_options.RetryInterval), _time, over.Token));
        await over.CancelAsync();
        _wake.Reader.TryRead(out _);
    }

    private TimeSpan Jittered(TimeSpan interval)
    {
        lock (_random) return interval * (1 - (_random.NextDouble() / 4));
    }
}
