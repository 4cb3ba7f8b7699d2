using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>Namespaces that come and go, three a second, until disposed of; then none is left, restored ones included.</summary>
internal sealed class Previews : IAsyncDisposable
{
    private const string Prefix = "preview-";

    private readonly ObjectOperations _objects;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <summary>Begins.</summary>
    public Previews(ObjectOperations objects, int nodes, int round)
    {
        _objects = objects;
        _running = RunAsync(nodes, round);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        while (Left() is { Count: > 0 } left)
        {
            foreach (var one in left) TryDelete(one);
            await Task.Delay(20);
        }
    }

    private async Task RunAsync(int nodes, int round)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var preview = new EphemeralNamespace(_objects, $"{Prefix}{round}-{i}", $"node-{i % nodes}", $"node-{(i + 1) % nodes}");
            try
            {
                preview.Create();
                await Task.Delay(300, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                preview.Delete(podsFirst: i % 2 == 0);
            }
            catch (ApiException)
            {
                // An older state without it was restored meanwhile.
            }
        }
    }

    private List<KubernetesObject> Left() => [.. ResourceTypes.All.SelectMany(type => type.Namespaced
        ? _objects.List(type).Where(one => one.Namespace.StartsWith(Prefix, StringComparison.Ordinal))
        : _objects.List(type).Where(one => type == ResourceTypes.Namespaces && one.Name.StartsWith(Prefix, StringComparison.Ordinal)))];

    private void TryDelete(KubernetesObject one)
    {
        try
        {
            _objects.Delete(one);
        }
        catch (ApiException)
        {
            // Gone meanwhile.
        }
    }
}
