using MetaCollector.Conversation.Leadership;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Conversation.Leadership;

/// <summary>How long whoever waits has to, and who is woken together.</summary>
public sealed class SharedInstantsTests
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    // Its timestamps count from the year one.
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero));
    private readonly SharedInstants _instants;

    public SharedInstantsTests() => _instants = new SharedInstants(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, 10)]
    [InlineData(9, 10)]
    [InlineData(11.2, 10)]
    [InlineData(11.3, 12.5)]
    public async Task Wait_ForLong_EndsAtTheNearestInstant(double about, double expected)
    {
        var waited = _instants.WaitAsync(Never, TimeSpan.FromSeconds(about), Token);
        _time.Advance(TimeSpan.FromSeconds(expected - 0.1));
        Assert.False(waited.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await waited;
    }

    [Fact]
    public async Task Waits_ForLong_EndTogetherByOneTimer()
    {
        var time = new CountingTime();
        var instants = new SharedInstants(time);
        var first = instants.WaitAsync(Never, TimeSpan.FromSeconds(10), Token);
        var second = instants.WaitAsync(Never, TimeSpan.FromSeconds(10.01), Token);
        Assert.Equal(1, time.ActiveTimers);
        time.Advance(TimeSpan.FromSeconds(13));
        await Task.WhenAll(first, second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task Wait_WithAReasonOfItsOwn_EndsAlone(int seconds)
    {
        var (reason, own) = (new TaskCompletionSource(), new TaskCompletionSource());
        var waited = _instants.WaitAsync(reason.Task, own.Task, TimeSpan.FromSeconds(seconds), Token);
        var other = _instants.WaitAsync(reason.Task, Never, TimeSpan.FromSeconds(seconds), Token);
        own.SetResult();
        await waited;
        Assert.False(other.IsCompleted);
        reason.SetResult();
        await other;
    }

    [Fact]
    public async Task Wait_ForAWhile_EndsWhenItIsUp()
    {
        var waited = _instants.WaitAsync(TimeSpan.FromSeconds(2), Token);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waited.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await waited;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public async Task Wait_HoweverLong_ReasonsAndCancellationsEndIt(int seconds)
    {
        using var giveUp = new CancellationTokenSource();
        var reason = new TaskCompletionSource();
        var cancelled = _instants.WaitAsync(reason.Task, TimeSpan.FromSeconds(seconds), giveUp.Token);
        var other = _instants.WaitAsync(reason.Task, TimeSpan.FromSeconds(seconds), Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(other.IsCompleted);
        reason.SetResult();
        await other;
    }
}
