using System.Net;
using MetaCollector.Conversation.Sending;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

/// <summary>How many messages travel, and that each item gets its own answer.</summary>
public sealed class BundlerTests
{
    private static readonly SiloAddress One = Silo(1), Other = Silo(2);

    private readonly FakeTimeProvider _time = new();
    private readonly Messages _sent = new();
    private readonly Bundler<int, string> _bundler;

    public BundlerTests() => _bundler = new Bundler<int, string>(_sent.SendAsync, item => item, _time);

    [Fact]
    public async Task Item_ThatIsAlone_GoesAtOnce_AndLeavesNothingBehind()
    {
        var answer = _bundler.SendAsync(One, 7);
        (await _sent.NextAsync()).Answer();

        Assert.Equal("7", await answer);
        await Eventually.HoldsAsync(() => _bundler.Lines == 0, "nothing is kept of the silo");
    }

    [Fact]
    public async Task Items_WhileAllMessagesWaitForTheirAnswers_TravelInTheNext()
    {
        var first = new List<(Messages.Message Sent, Task<string> Answer)>();
        for (var i = 0; i < Bundler<int, string>.MaxUnderWay; i++)
        {
            var answer = _bundler.SendAsync(One, i);
            first.Add((await _sent.NextAsync(), answer));
        }

        Task<string>[] late = [.. Enumerable.Range(100, 50).Select(item => _bundler.SendAsync(One, item))];
        _ = _bundler.SendAsync(Other, 1);
        Assert.Equal(Other, (await _sent.NextAsync()).Silo);
        Assert.Equal(0, _sent.Waiting);
        first[2].Sent.Answer();
        var next = await _sent.NextAsync();

        Assert.Equal(Enumerable.Range(100, 50), next.Items);
        next.Answer();
        Assert.Equal(Enumerable.Range(100, 50).Select(item => $"{item}"), await Task.WhenAll(late));
        Assert.False(first[0].Answer.IsCompleted);
        foreach (var (sent, _) in first) sent.Answer();
        Assert.Equal(["0", "1", "2", "3"], await Task.WhenAll(first.Select(one => one.Answer)));
    }

    [Fact]
    public async Task Silo_ThatDoesNotAnswer_HoldsUpNoOther()
    {
        for (var i = 0; i < 2 * Bundler<int, string>.MaxUnderWay; i++) _ = _bundler.SendAsync(One, i);
        await _sent.NextAsync();

        var answer = _bundler.SendAsync(Other, 1);
        var message = await _sent.NextAsync();
        while (!message.Silo.Equals(Other)) message = await _sent.NextAsync();
        message.Answer();

        Assert.Equal("1", await answer);
    }

    [Fact]
    public async Task Items_TooLargeForOneMessage_TravelInSeveral()
    {
        var answers = Enumerable.Repeat(600_000, 10).Select(item => _bundler.SendAsync(One, item)).ToArray();
        for (var i = 0; i < answers.Length; i++)
        {
            var message = await _sent.NextAsync();
            Assert.Single(message.Items);
            message.Answer();
        }

        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task Message_ThatFails_FailsItsItems_AndNoOthers()
    {
        var lost = _bundler.SendAsync(One, 1);
        var message = await _sent.NextAsync();
        var kept = _bundler.SendAsync(One, 2);
        message.Fail(new TimeoutException("lost"));
        (await _sent.NextAsync()).Answer();

        Assert.Equal("lost", (await Assert.ThrowsAsync<TimeoutException>(() => lost)).Message);
        Assert.Equal("2", await kept);
        await Eventually.HoldsAsync(() => _bundler.Lines == 0, "nothing is kept of the silo");
    }

    [Fact]
    public async Task Silo_ThatIsDead_FailsAlsoWhatWaitsForItsTurn_AndIsSentNothingMore()
    {
        var first = await FillAsync();
        var queued = _bundler.SendAsync(One, 100);
        first[0].Fail(new SiloUnavailableException("dead"));

        await Assert.ThrowsAsync<SiloUnavailableException>(() => queued);
        foreach (var message in first[1..]) message.Fail(new SiloUnavailableException("dead"));
        await Eventually.HoldsAsync(() => _bundler.Lines == 0, "nothing is kept of the silo");
        Assert.Equal(0, _sent.Waiting);
    }

    [Fact]
    public async Task Message_ThatIsNotAnswered_FailsAfterAWhile_AndTheNextGoes()
    {
        await FillAsync();
        var queued = _bundler.SendAsync(One, 100);
        _time.Advance(Bundler<int, string>.LongestWait);

        (await _sent.NextAsync()).Answer();
        Assert.Equal("100", await queued);
    }

    [Fact]
    public async Task Items_OfManyThreads_AreEachAnsweredOnce()
    {
        var echo = new Bundler<int, string>(async (_, items) =>
        {
            await Task.Yield();
            return Array.ConvertAll(items, item => $"{item}");
        }, _ => 1, _time);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20_000).Select(item => Task.Run(() => echo.SendAsync(item % 2 == 0 ? One : Other, item))));

        Assert.Equal(Enumerable.Range(0, 20_000).Select(item => $"{item}"), answers);
        await Eventually.HoldsAsync(() => echo.Lines == 0, "nothing is kept");
    }

    // As many messages as may wait for their answers.
    private async Task<List<Messages.Message>> FillAsync()
    {
        var sent = new List<Messages.Message>();
        for (var i = 0; i < Bundler<int, string>.MaxUnderWay; i++)
        {
            _ = _bundler.SendAsync(One, i);
            sent.Add(await _sent.NextAsync());
        }

        return sent;
    }

    private static SiloAddress Silo(int number) => SiloAddress.New(IPAddress.Loopback, number, 1);

    private sealed class Messages
    {
        private readonly Lock _lock = new();
        private readonly Queue<Message> _waiting = [];
        private TaskCompletionSource _comes = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiting
        {
            get { lock (_lock) return _waiting.Count; }
        }

        public Task<string[]> SendAsync(SiloAddress silo, int[] items)
        {
            var message = new Message(silo, items);
            lock (_lock)
            {
                _waiting.Enqueue(message);
                _comes.TrySetResult();
            }

            return message.Task;
        }

        public async Task<Message> NextAsync()
        {
            while (true)
            {
                Task comes;
                lock (_lock)
                {
                    if (_waiting.TryDequeue(out var message)) return message;
                    if (_comes.Task.IsCompleted) _comes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    comes = _comes.Task;
                }

                await comes.WaitAsync(TimeSpan.FromSeconds(60));
            }
        }

        public sealed class Message(SiloAddress silo, int[] items)
        {
            private readonly TaskCompletionSource<string[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public SiloAddress Silo => silo;

            public int[] Items => items;

            public Task<string[]> Task => _answer.Task;

            public void Answer() => _answer.TrySetResult(Array.ConvertAll(items, item => $"{item}"));

            public void Fail(Exception exception) => _answer.SetException(exception);
        }
    }
}
