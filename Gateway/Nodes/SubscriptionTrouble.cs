using MetaCollector.Gateway.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// Tracks the nodes that cannot be subscribed to. A lost replica affects many nodes at once: logs one line when it begins, and one when it is
/// over. Thread-safe.
/// </summary>
internal sealed class SubscriptionTrouble(ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private int _most;

    public void Failed(string node, Exception exception)
    {
        lock (_lock)
        {
            if (!_nodes.Add(node)) return;
            if (_nodes.Count == 1) Log.SubscribeFailed(logger, node, exception);
            _most = Math.Max(_most, _nodes.Count);
        }
    }

    /// <summary>A node is subscribed to, or its subscription ended.</summary>
    public void Over(string node)
    {
        lock (_lock)
        {
            if (!_nodes.Remove(node) || _nodes.Count > 0) return;
            Log.SubscribedAgain(logger, _most);
            _most = 0;
        }
    }
}
