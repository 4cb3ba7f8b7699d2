using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

public sealed class BatchPumpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new();
    private readonly Due _due = new();
    private readonly FaultsSeen _faults = new();

    [Fact]
    public async Task Kick_ChangesOfOneTurn_TravelTogether()
    {
        var pump = PumpOf(Accept);
        _due.Changes.Add("a");
        pump.Kick();
        _due.Changes.Add("b");
        pump.Kick();
        await Eventually.HoldsAsync(() => pump.IsIdle);

        Assert.Equal(["a b"], _due.Completed);
    }

    [Fact]
    public async Task Kick_WhileABatchIsInFlight_WhatIsDueFollows()
    {
        var answer = new TaskCompletionSource<Receipt>();
        var isFirst = true;
        var pump = PumpOf(batch =>
        {
            if (!isFirst) return Accept(batch);
            isFirst = false;
            return answer.Task;
        });
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilTakenAsync(1);
        _due.Changes.Add("b");
        pump.Kick();
        answer.SetResult(new Receipt(Verdict.Accepted, new Position(1, 1)));
        await Eventually.HoldsAsync(() => pump.IsIdle);

        Assert.Equal(["a", "b"], _due.Completed);
    }

    [Fact]
    public async Task Send_Fails_IsTriedAgainAfterAPauseThatDoubles()
    {
        var failures = 2;
        var pump = PumpOf(batch => failures-- > 0 ? throw new TimeoutException() : Accept(batch));
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilFailedAsync(1);
        await AdvanceAsync(() => _due.Failures == 2, TimeSpan.FromMilliseconds(100));
        await AdvanceAsync(() => _due.Completed.Count == 1, TimeSpan.FromMilliseconds(200));
        await Eventually.HoldsAsync(() => pump.IsIdle);

        Assert.Equal(["a"], _due.Completed);
    }

    [Fact]
    public async Task Send_FailsAgainAndAgain_PausesDoubleUpToFiveSecondsAndBeginAnewAfterASuccess()
    {
        var time = new HastyTime();
        var sends = 0;
        var pump = new TestPump(_due, batch => ++sends is not (9 or 11) ? throw new TimeoutException() : Accept(batch), 1, time, _faults.Faults);
        _due.Changes.Add("a");
        pump.Kick();
        await Eventually.HoldsAsync(() => pump.IsIdle);
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], time.Pauses.Select(pause => pause.TotalMilliseconds));

        _due.Changes.Add("b");
        pump.Kick();
        await Eventually.HoldsAsync(() => pump.IsIdle);
        Assert.Equal(100, time.Pauses.Last().TotalMilliseconds);
        Assert.Equal(["a", "b"], _due.Completed);
    }

    [Fact]
    public async Task Kick_AtOnce_CutsThePauseShort()
    {
        var failures = 1;
        var pump = PumpOf(batch => failures-- > 0 ? throw new TimeoutException() : Accept(batch));
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilFailedAsync(1);
        while (!pump.IsIdle)
        {
            pump.Kick(atOnce: true);
            await Task.Yield();
        }

        Assert.Equal(["a"], _due.Completed);
    }

    [Fact]
    public async Task Kick_AtOnceDuringASendThatFails_CutsThePauseAfterItShort()
    {
        var answer = new TaskCompletionSource<Receipt>();
        var failures = 1;
        var pump = PumpOf(batch => failures-- > 0 ? answer.Task : Accept(batch));
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilTakenAsync(1);
        pump.Kick(atOnce: true);
        answer.SetException(new TimeoutException());

        // The clock stands still: a pause would never end.
        await Eventually.HoldsAsync(() => pump.IsIdle);
        Assert.Equal(["a"], _due.Completed);
    }

    [Fact]
    public async Task Take_Throws_IsReportedAndTriedAgain()
    {
        _due.TakeThrows = true;
        var pump = PumpOf(Accept);
        _due.Changes.Add("a");
        pump.Kick();
        await Eventually.HoldsAsync(() => !_faults.Logged.IsEmpty);
        await AdvanceAsync(() => pump.IsIdle, TimeSpan.FromMilliseconds(100));

        Assert.Equal(["a"], _due.Completed);
        var (level, text, exception) = Assert.Single(_faults.Logged);
        Assert.Equal((LogLevel.Error, "pump: unexpected exception about a consumer; it goes on from a snapshot or a fresh activation. Please report it"), (level, text));
        Assert.IsType<InvalidTimeZoneException>(exception);
    }

    [Fact]
    public async Task Send_PartIsNotAccepted_TheRestIsNotSent()
    {
        var sent = 0;
        var pump = new TestPump(
            _due, _ => Task.FromResult(new Receipt(sent++ == 0 ? Verdict.SnapshotNeeded : Verdict.Accepted, default)), BatchParts.MaxBytes, _time, _faults.Faults);
        _due.Changes.AddRange(["a", "b", "c"]);
        pump.Kick();
        await Eventually.HoldsAsync(() => pump.IsIdle);

        Assert.Equal(1, sent);
        Assert.Equal(Verdict.SnapshotNeeded, _due.LastReceipt.Verdict);
    }

    [Fact]
    public async Task Send_Refused_IsTriedAgainOnlyAfterAPause()
    {
        var verdict = Verdict.Refused;
        var pump = PumpOf(_ => Task.FromResult(new Receipt(verdict, new Position(1, 1), 7)));
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilTakenAsync(1);
        Assert.False(pump.IsIdle);
        verdict = Verdict.Accepted;
        await AdvanceAsync(() => pump.IsIdle, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Stop_WhilePausing_EndsTheLoop()
    {
        var pump = PumpOf(_ => throw new TimeoutException());
        _due.Changes.Add("a");
        pump.Kick();
        await _due.UntilFailedAsync(1);
        pump.Stop();
        await Eventually.HoldsAsync(() => pump.IsIdle);
        pump.Kick();

        Assert.Equal(1, _due.Failures);
        Assert.True(pump.IsIdle);
    }

    private static Task<Receipt> Accept(Batch<string> batch) => Task.FromResult(new Receipt(Verdict.Accepted, batch.Position));

    private TestPump PumpOf(Func<Batch<string>, Task<Receipt>> send) => new(_due, send, 1, _time, _faults.Faults);

    /// <summary>Lets time pass, a step for each look, since the timer may not be set yet.</summary>
    private async Task AdvanceAsync(Func<bool> until, TimeSpan step)
    {
        for (var deadline = Task.Delay(Patience); !until(); await Task.Yield())
        {
            Assert.False(deadline.IsCompleted, "it never came true");
            _time.Advance(step);
        }
    }

    private sealed class Due : IOutgoing<string>
    {
        private volatile int _takes, _failures;
        private List<string> _inFlight = [];

        public List<string> Changes { get; private set; } = [];

        public List<string> Completed { get; } = [];

        public Receipt LastReceipt { get; private set; }

        public int Failures => _failures;

        public bool TakeThrows { get; set; }

        public Batch<string>? Take()
        {
            if (TakeThrows)
            {
                TakeThrows = false;
                throw new InvalidTimeZoneException();
            }

            if (Changes.Count == 0) return null;
            (_inFlight, Changes) = (Changes, []);
            Interlocked.Increment(ref _takes);
            return new Batch<string> { Namespace = "shop", Position = new Position(1, 1), Changes = [.. _inFlight] };
        }

        public void Complete(Receipt receipt)
        {
            LastReceipt = receipt;
            if (receipt.Verdict == Verdict.Refused) Changes.InsertRange(0, _inFlight);
            else Completed.Add(string.Join(' ', _inFlight));
        }

        public void Fail(Exception exception)
        {
            Changes.InsertRange(0, _inFlight);
            _inFlight = [];
            Interlocked.Increment(ref _failures);
        }

        public Task UntilTakenAsync(int times) => Eventually.HoldsAsync(() => _takes >= times);

        public Task UntilFailedAsync(int times) => Eventually.HoldsAsync(() => _failures >= times);
    }

    private sealed class TestPump(Due due, Func<Batch<string>, Task<Receipt>> send, int size, TimeProvider time, Faults faults) : BatchPump<string>(due, time, faults)
    {
        protected override string Consumer => "a consumer";

        protected override string Step => "send";

        protected override int SizeOf(string change) => size;

        protected override Task<Receipt> SendAsync(Batch<string> part) => send(part);
    }
}
