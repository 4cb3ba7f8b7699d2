using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer.Reading;

/// <summary>The readers of all kinds, started and stopped together. Not thread-safe.</summary>
internal sealed class Readers(
    IApiServer server, ResourceStore store, VersionPool pool, InformerOptions options, InformerStatus status, InformerMetrics metrics,
    Faults faults, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;

    public bool AreRunning => _stop is not null;

    /// <summary>Starts them, unless they run.</summary>
    public void Start()
    {
        if (_stop is not null) return;
        _stop = new CancellationTokenSource();
        var stop = _stop.Token;
        var decoder = new ObjectDecoder(pool);
        var reachability = new Reachability(status, time, logger);
        _running = Task.WhenAll(KindEndpoint.Of(options.Wanted).Select(endpoint =>
        {
            var report = new KindReport(endpoint, status, metrics, reachability, time, logger);
            var reader = new KindReader(endpoint, server, store, decoder, options, report, faults, time, new Random());
            return Task.Run(() => reader.RunAsync(stop), CancellationToken.None);
        }));
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    /// <summary>Stops them and forgets what they read.</summary>
    public async Task StopAsync()
    {
        if (_stop is null) return;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _stop = null;
        store.Clear();
        status.Trouble = null;
        foreach (var kind in options.Wanted.Kinds()) status.Set(kind, KindState.Idle);
    }
}
