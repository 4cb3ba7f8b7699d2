using MetaCollector.Testing.Streams;

namespace MetaCollector.Tests.Support;

/// <summary>A stream to a running collector, with the log of what came.</summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly StreamClient _client;

    public Subscriber(Uri address, string node, IReadOnlyList<string>? kinds = null)
    {
        Log = new StreamLog(kinds ?? StreamClient.DefaultKinds);
        _client = new StreamClient(address, node, onEvent: (_, received) => Log.Add(received), kinds: kinds);
    }

    public StreamLog Log { get; }

    public StreamClient Client => _client;

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
