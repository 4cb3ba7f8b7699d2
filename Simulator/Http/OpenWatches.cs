using System.Collections.Concurrent;

namespace MetaCollector.Simulator.Http;

/// <summary>The watches that are being served.</summary>
internal sealed class OpenWatches
{
    private readonly ConcurrentDictionary<long, WatchSession> _open = new();
    private long _last;

    public long Add(WatchSession session)
    {
        var id = Interlocked.Increment(ref _last);
        _open[id] = session;
        return id;
    }

    public void Remove(long id) => _open.TryRemove(id, out _);

    public WatchSession? Last(string resource) =>
        _open.Where(pair => Fits(pair.Value, resource)).OrderByDescending(pair => pair.Key).Select(pair => pair.Value).FirstOrDefault();

    public int ForEach(string resource, Func<WatchSession, bool> action) => _open.Values.Where(watch => Fits(watch, resource)).Count(action);

    private static bool Fits(WatchSession watch, string resource) => resource == "*" || watch.Resource == resource;
}
