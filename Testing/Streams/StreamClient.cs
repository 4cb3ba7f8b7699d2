using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Gateway.Wire;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Testing.Streams;

/// <summary>One subscriber as Falco would be: a channel of its own, one Watch, every event read at once unless it is paused.</summary>
public sealed class StreamClient : IAsyncDisposable
{
    /// <summary>What Falco's plugin asks for, misspelling included, and DaemonSets, which the recordings have too.</summary>
    public static IReadOnlyList<string> DefaultKinds { get; } =
        ["Pod", "Namespace", "Deployment", "ReplicaSet", "ReplicaController", "DaemonSet", "Service"];

    private readonly GrpcChannel _channel;
    private readonly IReadOnlyList<string> _kinds;
    private readonly CancellationTokenSource _stop = new();
    private readonly Action<StreamClient, Event>? _onEvent;
    private readonly HashSet<string> _held = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private volatile TaskCompletionSource? _paused;
    private int _expected;

    /// <summary>Subscribes at once.</summary>
    /// <param name="address">Where the collector listens.</param>
    /// <param name="node">Name of the node.</param>
    /// <param name="expected">Number of resources with which the stream counts as complete.</param>
    /// <param name="onEvent">Called for each event, on the reader's thread.</param>
    /// <param name="kinds">The kinds to ask for; <see cref="DefaultKinds"/> where null.</param>
    public StreamClient(
        Uri address, string node, int expected = 0, Action<StreamClient, Event>? onEvent = null, IReadOnlyList<string>? kinds = null)
    {
        Node = node;
        _kinds = kinds ?? DefaultKinds;
        _expected = expected;
        _onEvent = onEvent;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false },
            DisposeHttpClient = true,
        });
        Started = Stopwatch.GetTimestamp();
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Name of the node.</summary>
    public string Node { get; }

    /// <summary>When it subscribed, by <see cref="Stopwatch"/>.</summary>
    public long Started { get; }

    /// <summary>When the first event came; 0 before.</summary>
    public long First { get; private set; }

    /// <summary>When it became complete; 0 before.</summary>
    public long Completed { get; private set; }

    /// <summary>Number of events so far.</summary>
    public long Events { get; private set; }

    /// <summary>How the stream ended; null while it is open.</summary>
    public Status? Ended { get; private set; }

    /// <summary>Ends when the stream has, however it did; it does not fail.</summary>
    public Task Closed => _reading;

    /// <summary>Ends when the stream holds as many resources as expected.</summary>
    public Task Complete => _complete.Task;

    /// <summary>
    /// Stops reading until <see cref="Resume"/>: what the connection takes in by itself, about 64 KiB, fills up, and then the server
    /// can write no more. Nothing is handed to the caller meanwhile.
    /// </summary>
    public void Pause() => _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads again.</summary>
    public void Resume() => Interlocked.Exchange(ref _paused, null)?.SetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Resume();
        await _reading;
        _channel.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            var selector = new Selector { NodeName = Node };
            foreach (var kind in _kinds) selector.ResourceKinds[kind] = "";
            using var call = new Metadata.MetadataClient(_channel).Watch(selector, cancellationToken: _stop.Token);
            await foreach (var received in call.ResponseStream.ReadAllAsync())
            {
                if (_paused is { } paused) await paused.Task;
                Take(received);
            }

            Ended = call.GetStatus();
        }
        catch (RpcException exception)
        {
            Ended = exception.Status;
        }

        if (!_stop.IsCancellationRequested) _complete.TrySetException(new InvalidOperationException($"the stream of {Node} ended: {Ended}"));
    }

    private void Take(Event received)
    {
        if (First == 0) First = Stopwatch.GetTimestamp();
        Events++;
        if (received.Reason == "Delete") _held.Remove(received.Uid);
        else _held.Add(received.Uid);
        _onEvent?.Invoke(this, received);
        if (_expected == 0 || _held.Count < _expected) return;
        _expected = 0;
        Completed = Stopwatch.GetTimestamp();
        _complete.TrySetResult();
    }
}
