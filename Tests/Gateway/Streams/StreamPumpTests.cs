using System.Runtime.CompilerServices;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

/// <summary>When a pump writes, flushes, waits and gives up.</summary>
public sealed class StreamPumpTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CountingTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource _end = new();
    private readonly GatewayMetrics _metrics;
    private readonly NodeView _view;
    private readonly Sink _sink = new();
    private StreamPump? _pump;

    public StreamPumpTests()
    {
        _metrics = new GatewayMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _view = new NodeView("node-a", new VersionPool(), _metrics, new FaultsSeen().Faults, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _end.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task RunAsync_TheFirstThousand_NeedNoTimeAndTheRestGoesAtTheRate()
    {
        await HoldAsync(3000);
        var running = Run();
        await _sink.UntilAsync(sink => sink.Written == 1000 && sink.Unflushed == 0);
        for (var steps = 0; _sink.Written < 3000; steps++)
        {
            Assert.InRange(steps, 0, 60);
            var before = _sink.Written;
            await _sink.UntilAsync(_ => _time.ActiveTimers > 0);
            _time.Advance(TimeSpan.FromMilliseconds(25));
            await _sink.UntilAsync(sink => sink.Written > before && sink.Unflushed == 0);
            Assert.InRange(_sink.Written - before, 1, 100);
        }

        await EndAsync(running);
    }

    [Fact]
    public async Task RunAsync_ManyReady_FlushesOncePerBuffer()
    {
        await HoldAsync(500);
        var running = Run();
        await _sink.UntilAsync(sink => sink.Written == 500 && sink.Unflushed == 0);
        Assert.InRange(_sink.Flushes, 2, 20);
        await EndAsync(running);
    }

    [Fact]
    public async Task RunAsync_SlowReader_IsSentTheNewestOnceItReads()
    {
        await HoldAsync(1);
        _sink.Block();
        var running = Run();
        await _sink.UntilAsync(sink => sink.Flushes == 1);
        for (var i = 0; i < 100; i++) await HoldAsync(1, $"10.0.0.{i}");
        Assert.Equal(1, _sink.Written);
        _sink.Unblock();
        await _sink.UntilAsync(sink => sink.Written == 2 && sink.Unflushed == 0);
        Assert.Contains("10.0.0.99", _sink.Last, StringComparison.Ordinal);
        await EndAsync(running);
    }

    [Fact]
    public async Task Inspect_SlowReader_TellsSinceWhenItTakesNothingAndWhatWaits()
    {
        await HoldAsync(1);
        _sink.Block();
        var running = Run();
        await _sink.UntilAsync(sink => sink.Written == 1 && _view.Stuck(TimeSpan.Zero).Length == 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        await HoldAsync(1, "10.0.0.1");
        _time.Advance(TimeSpan.FromSeconds(20));

        var stream = Assert.Single(_view.Inspect().Streams);
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20)), (stream.BlockedFor, stream.OldestPending));
        Assert.Equal((1, 1), (stream.Written, stream.Pending));
        Assert.False(Assert.Single(stream.Sent).IsCurrent);
        Assert.Single(_view.Stuck(TimeSpan.FromSeconds(30)));
        Assert.Empty(_view.Stuck(TimeSpan.FromSeconds(31)));

        _sink.Unblock();
        await _sink.UntilAsync(sink => sink.Written == 2 && _view.Stuck(TimeSpan.Zero).Length == 0);
        stream = Assert.Single(_view.Inspect().Streams);
        Assert.Equal((0, TimeSpan.Zero, true), (stream.Pending, stream.OldestPending, Assert.Single(stream.Sent).IsCurrent));
        await EndAsync(running);
    }

    [Fact]
    public async Task RunAsync_StuckLongerThanAllowed_GivesUp()
    {
        await HoldAsync(1);
        _sink.Block();
        var running = Run(new GatewayOptions { StuckStreamLimit = TimeSpan.FromSeconds(30) });
        await _sink.UntilAsync(sink => sink.Written == 1 && _time.ActiveTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<StreamStuckException>(() => running.WaitAsync(Patience));
    }

    [Fact]
    public async Task RunAsync_EndedWhileStuck_EndsSoonAndSaysThatSomethingIsUnread()
    {
        await HoldAsync(1);
        _sink.Block();
        var running = Run();
        await _sink.UntilAsync(sink => sink.Flushes == 1);
        await _end.CancelAsync();
        await _sink.UntilAsync(_ => _time.ActiveTimers > 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        await EndAsync(running);
        Assert.True(_pump!.LeavesUnread);
    }

    [Fact]
    public async Task RunAsync_EndedWhileSlow_LeavesNothingUnread()
    {
        await HoldAsync(1);
        _sink.Block();
        var running = Run();
        await _sink.UntilAsync(sink => sink.Flushes == 1);
        await _end.CancelAsync();
        await _sink.UntilAsync(_ => _time.ActiveTimers > 0);
        _sink.Unblock();
        await EndAsync(running);
        Assert.False(_pump!.LeavesUnread);
    }

    private async Task HoldAsync(int pods, string? ip = null)
    {
        var changes = Enumerable.Range(0, pods).Select(number => Things.Pod($"pod-{number}", ip)).Select(pod => new SliceChange(pod.Uid, pod, null));
        var held = _view.Positions();
        var position = new Position(1, held.Length == 0 ? 1 : held[0].Position.Number + 1);
        var batch = new Batch<SliceChange> { Namespace = "default", IsSnapshot = true, Position = position, Changes = [.. changes] };
        Assert.True((await _view.ReceiveAsync([batch], [new NamespacePosition("default", position)])).IsComplete);
    }

    private Task Run(GatewayOptions? options = null)
    {
        _pump = new StreamPump(
            _view.Attach(ResourceKinds.Standard), _sink, new BodyCache(), options ?? new GatewayOptions(), _metrics, _time);
        return Task.Run(() => _pump.RunAsync(_end.Token));
    }

    private async Task EndAsync(Task running)
    {
        await _end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }

    private sealed class Sink : IEventSink
    {
        private TaskCompletionSource _room = new();
        private int _written, _unflushed, _flushes;

        public Sink() => _room.SetResult();

        public int Written => Volatile.Read(ref _written);

        public int Unflushed => Volatile.Read(ref _unflushed);

        public int Flushes => Volatile.Read(ref _flushes);

        public string Last { get; private set; } = "";

        public void Block() => _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Unblock() => _room.SetResult();

        public Task WriteAsync(ReadyEvent ready)
        {
            Last = System.Text.Encoding.UTF8.GetString(ready.Body.Span);
            Interlocked.Increment(ref _unflushed);
            Interlocked.Increment(ref _written);
            return Task.CompletedTask;
        }

        public async ValueTask FlushAsync()
        {
            Interlocked.Increment(ref _flushes);
            await _room.Task;
            Volatile.Write(ref _unflushed, 0);
        }

        public void CancelFlush() => _room.TrySetResult();

        public Task UntilAsync(Func<Sink, bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
            Eventually.HoldsAsync(() => condition(this), what);
    }
}
