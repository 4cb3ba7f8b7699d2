using MetaCollector.Grains.Bundles;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Grains.Bundles;

/// <summary>How long the answers of a bundle's grains are waited for.</summary>
public sealed class GatheredAnswersTests
{
    private const int Grains = 20;

    private readonly CountingTime _time = new();
    private readonly TaskCompletionSource<string[]>[] _grains = [.. Enumerable.Range(0, Grains).Select(_ => new TaskCompletionSource<string[]>())];

    [Fact]
    public async Task Answers_OfAll_AreInThePlacesOfTheirItems()
    {
        var answers = new GatheredAnswers<string>(3, 2, _time);
        _ = answers.TakeAsync([2, 0], Task.FromResult<string[]>(["c", "a"]));
        _ = answers.TakeAsync([1], Task.FromResult<string[]>(["b"]));
        Assert.Equal(["a", "b", "c"], await answers.WaitAsync());
    }

    [Fact]
    public async Task Grain_ThatFails_HasNoAnswer_AndIsNotWaitedFor()
    {
        var answers = Ask();
        _grains[0].SetException(new TimeoutException());
        Answer(1..);
        var expected = Enumerable.Repeat<string?>("yes", Grains - 1).Prepend(null);
        Assert.Equal(expected, await answers.WaitAsync(CallReading.Patience));
    }

    [Fact]
    public async Task Grains_ATenthSlow_DelayTheOthersByTheGrace()
    {
        var answers = Ask();
        Answer(2..);
        await PassAsync(GatheredAnswers<string>.Grace - TimeSpan.FromMilliseconds(1), timers: 2);
        Assert.False(answers.IsCompleted);
        await PassAsync(TimeSpan.FromMilliseconds(1), timers: 2);
        Assert.Equal(2, (await answers.WaitAsync(CallReading.Patience)).Count(answer => answer is null));
    }

    [Fact]
    public async Task Grains_MoreThanATenthSlow_AreWaitedForLonger()
    {
        var answers = Ask();
        Answer(3..);
        await PassAsync(GatheredAnswers<string>.LongestWait - TimeSpan.FromMilliseconds(1), timers: 1);
        Assert.False(answers.IsCompleted);
        Answer(..3);
        Assert.All(await answers.WaitAsync(CallReading.Patience), answer => Assert.Equal("yes", answer));
    }

    [Fact]
    public async Task Grains_ThatNeverAnswer_DelayTheOthersByTheLongestWait()
    {
        var answers = Ask();
        Answer(10..);
        await PassAsync(GatheredAnswers<string>.LongestWait, timers: 1);
        await PassAsync(GatheredAnswers<string>.Grace, timers: 2);
        Assert.Equal(10, (await answers.WaitAsync(CallReading.Patience)).Count(answer => answer is null));
    }

    private Task<string?[]> Ask()
    {
        var answers = new GatheredAnswers<string>(Grains, Grains, _time);
        for (var i = 0; i < Grains; i++) _ = answers.TakeAsync([i], _grains[i].Task);
        return answers.WaitAsync();
    }

    private void Answer(Range which)
    {
        foreach (var grain in _grains[which]) grain.SetResult(["yes"]);
    }

    // Lets the time pass as soon as so many timers have been started.
    private async Task PassAsync(TimeSpan time, int timers)
    {
        await Eventually.HoldsAsync(() => _time.Timers >= timers, "it waits");
        _time.Advance(time);
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _timers);
            return timer;
        }
    }
}
