using System.Collections.Concurrent;

namespace MetaCollector.Simulator.Http;

/// <summary>The watches that are being served.</summary>
internal sealed class OpenWatches
{
    private readonly ConcurrentDictionary<long, IOpenWatch> _open = new();
    private long _last;

    public long Add(IOpenWatch session)
    {
        var id = Interlocked.Increment(ref _last);
        _open[id] = session;
        return id;
    }

    public void Remove(long id) => _open.TryRemove(id, out _);

    public IOpenWatch? Last(string resource) =>
        _open.Where(pair => Fits(pair.Value, resource)).OrderByDescending(pair => pair.Key).Select(pair => pair.Value).FirstOrDefault();

    public int ForEach(string resource, Func<IOpenWatch, bool> action) => _open.Values.Where(watch => Fits(watch, resource)).Count(action);

    private static bool Fits(IOpenWatch watch, string resource) => resource == "*" || watch.Resource == resource;
}
