using System.Diagnostics.Metrics;
using MetaCollector.Clustering.Kubernetes.Leasing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

/// <summary>
/// A process that always wants to lead: an elector, its clock and its connection, each of which can be disturbed. It keeps a log of what it won.
/// </summary>
internal sealed class Candidate : TimeProvider, ILeaseStore, IMeterFactory
{
    // Unlike any other interval: no work waits for this one to pass.
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(7);

    private readonly FakeTimeProvider _time;
    private readonly FakeLease _lease;
    private readonly List<Meter> _meters = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Task _running;
    private TaskCompletionSource? _gate;
    private int _timers;
    private int _blocked;
    private int _failures;
    private int _lostAnswers;
    private long _seen;

    public Candidate(FakeTimeProvider time, FakeLease lease, string name, Func<string, bool>? isDead = null, Random? random = null, long heard = 0)
    {
        (_time, _lease, _seen) = (time, lease, heard);
        Elector = new(
            this, name, new LeaseElectorOptions { Namespace = "collector", Name = "leader", ReleaseTimeout = ReleaseTimeout },
            new() { HighestTerm = () => Interlocked.Read(ref _seen), IsDead = isDead ?? (_ => false) },
            new(this), this, NullLogger.Instance, random ?? new Random(1));
        _running = Task.Run(RunAsync);
    }

    public LeaseElector Elector { get; }

    /// <summary>The leadership that it believes in; null where it waits for one.</summary>
    public LeaseElector.LeaseLeadership? Leads { get; private set; }

    /// <summary>Each term won, in order.</summary>
    public List<long> Won { get; } = [];

    /// <summary>How far its wall clock is off.</summary>
    public TimeSpan ClockError { get; set; }

    /// <summary>Whether nothing happens until time passes, or the process is thawed.</summary>
    public bool IsIdle
    {
        get { lock (_lock) return (_timers == 1 && Elector.Current == Leads) || _blocked > 0; }
    }

    /// <summary>The next requests fail; the next writes after them happen, but are not answered.</summary>
    public void Disturb(int failures, int lostAnswers) => (_failures, _lostAnswers) = (failures, lostAnswers);

    /// <summary>Stops the process where it next asks for something.</summary>
    public void Freeze()
    {
        lock (_lock) _gate ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Thaw()
    {
        TaskCompletionSource? gate;
        lock (_lock) (gate, _gate, _blocked) = (_gate, null, 0);
        gate?.SetResult();
    }

    /// <summary>It hears of a term, as by an announcement.</summary>
    public void Hear(long term)
    {
        Interlocked.Exchange(ref _seen, Math.Max(_seen, term));
        Elector.Tell(term);
    }

    /// <summary>Gives up and ends.</summary>
    public async Task StopAsync()
    {
        Thaw();
        await _stop.CancelAsync();
        await _running;
        await Elector.DisposeAsync();
        foreach (var meter in _meters) meter.Dispose();
    }

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + ClockError;

    public override long GetTimestamp() => _time.GetTimestamp();

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == ReleaseTimeout) return _time.CreateTimer(callback, state, dueTime, period);
        // Counted once it runs: until then, time must not pass.
        var timer = new CountedTimer(this, _time.CreateTimer(callback, state, dueTime, period));
        lock (_lock) _timers++;
        return timer;
    }

    public Task<LeaseRecord?> ReadAsync(CancellationToken cancellation) => AskAsync(() => _lease.Record, isWrite: false);

    public Task<LeaseRecord?> TryCreateAsync(LeaseRecord record, CancellationToken cancellation) => AskAsync(() => _lease.TryCreate(record), isWrite: true);

    public Task<LeaseRecord?> TryReplaceAsync(LeaseRecord record, CancellationToken cancellation) => AskAsync(() => _lease.TryReplace(record), isWrite: true);

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var leadership = await Elector.AcquireAsync(_stop.Token);
                lock (Won) Won.Add(leadership.Term);
                Leads = leadership;
                var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var lost = leadership.Lost.Register(over.SetResult);
                await using var stopped = _stop.Token.Register(() => over.TrySetResult());
                await over.Task;
                Leads = null;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<LeaseRecord?> AskAsync(Func<LeaseRecord?> serve, bool isWrite)
    {
        await Task.Yield();
        while (true)
        {
            Task thawed;
            lock (_lock)
            {
                if (_gate is null) break;
                _blocked++;
                thawed = _gate.Task;
            }

            await thawed;
        }

        if (Interlocked.Decrement(ref _failures) >= 0) throw new HttpRequestException("connection refused");
        var answer = serve();
        if (isWrite && Interlocked.Decrement(ref _lostAnswers) >= 0) throw new TimeoutException("no answer");
        return answer;
    }

    private sealed class CountedTimer(Candidate owner, ITimer timer) : ITimer
    {
        private int _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
            lock (owner._lock) owner._timers--;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
