using System.Threading.Channels;
using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>
/// Elects one leader among many by a Kubernetes Lease, and gives every election a term above all that were before. Thread-safe;
/// one for each process, identity and Lease.
/// </summary>
/// <remarks>
/// <para>A Lease cannot keep two processes from believing that they lead: one of them may be frozen, or cut off. What it can do is to number
/// the elections, so that whoever is told something by a leader refuses all but the newest. The number is the Lease's
/// <c>leaseTransitions</c>; a take-over is a write guarded by resourceVersion, so no two win the same one.</para>
/// <para>So a leader need not give up when it cannot renew: while nobody else has been elected, nobody else can be told apart from
/// it, and those who listen to it are better served by it than by nobody. It ends when it sees another holder with a newer term, or is
/// told of one.</para>
/// <para>Clocks are never compared: a candidate measures, by its own monotonic clock, for how long it has seen the Lease
/// unchanged. Only time in which it looked counts: an API server that was away kept the holder from renewing too.</para>
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
    /// <param name="identity">Who this is: unlike that of any other process, before or after.</param>
    /// <param name="options">How the Lease is held and taken.</param>
    /// <param name="surroundings">What it hears and tells.</param>
    /// <param name="instruments">What it counts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ArgumentException">Options that cannot work, all named.</exception>
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

    /// <summary>Who this is, in the Lease.</summary>
    public string Identity { get; }

    /// <summary>What keeps this process from looking at the Lease, taking or renewing it, in one line; null where nothing does.</summary>
    public string? Trouble { get; private set; }

    /// <summary>What was won last; it may be lost.</summary>
    internal LeaseLeadership? Current => Volatile.Read(ref _current);

    /// <summary>
    /// Waits, as long as it takes, until this process leads. A leadership that it still has is ended first. Failures are logged, counted and
    /// retried.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is held.</exception>
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

    /// <summary>Looks at the Lease at once: a holder may have died or stopped.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Somebody leads, or has led, with this term: an older leadership of this process is lost.</summary>
    public void Tell(long term)
    {
        if (Current is { } leadership && leadership.Term < term) leadership.Lose($"term {term} was seen");
    }

    /// <summary>Gives up what is held.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Current is { } leadership) await leadership.ReleaseAsync();
        _acquiring.Dispose();
    }

    // One look at the Lease and, where it can be had, one attempt to take it. A write is never abandoned half-way: it may succeed.
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
                // Empty at first: the term depends on when the API server says that it was created.
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
        // A gap counts for no more than a look that came late.
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

    // A Lease that was deleted under a holder that renews it is the holder's to put back: nobody else needs to lead for that. Who has not
    // seen it yet may have heard of a leader.
    private bool IsExpectedBack() => _unchanged < _options.LeaseDuration && (_observed is { } known
        ? known.Holder.Length > 0 && known.Holder != Identity && !_surroundings.IsDead(known.Holder)
        : _surroundings.HighestTerm() > 0);

    private string? WhyToTake(LeaseRecord record)
    {
        if (record.Holder.Length == 0) return "nobody held it";
        // Ours, though we do not lead: given up without an answer, or taken without one.
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
