using System.Net;
using MetaCollector.Conversation.Sending;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

/// <summary>How many messages travel, and that each item gets its own answer.</summary>
public sealed class BundlerTests
{
    private static readonly SiloAddress One = Silo(1), Other = Silo(2);

    private readonly Messages _sent = new();
    private readonly Bundler<int, string> _bundler;

    public BundlerTests() => _bundler = new Bundler<int, string>(_sent.SendAsync, item => item);

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
    public async Task Items_OfManyThreads_AreEachAnsweredOnce()
    {
        var echo = new Bundler<int, string>(async (_, items) =>
        {
            await Task.Yield();
            return Array.ConvertAll(items, item => $"{item}");
        }, _ => 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20_000).Select(item => Task.Run(() => echo.SendAsync(item % 2 == 0 ? One : Other, item))));

        Assert.Equal(Enumerable.Range(0, 20_000).Select(item => $"{item}"), answers);
        await Eventually.HoldsAsync(() => echo.Lines == 0, "nothing is kept");
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
