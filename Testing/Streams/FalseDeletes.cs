using MetaCollector.Gateway.Wire;

namespace MetaCollector.Testing.Streams;

/// <summary>
/// Finds Deletes, on one stream, of what was there all the time, by what comes back: a pod that was deleted and is created again under its uid, a
/// pod that refers again to what it had ceased to refer to. Uids never come again, a pod never leaves its node and never changes its owners, so both say
/// that a Delete was false; unless selectors, labels that they match, or older states are restored meanwhile. Not thread-safe.
/// </summary>
public sealed class FalseDeletes
{
    private readonly HashSet<string> _deletedPods = [];
    private readonly Dictionary<string, (HashSet<string> Now, HashSet<string> Ever)> _references = [];

    /// <summary>Whether references to services are looked at: not where selectors or matched labels change. Default: they are.</summary>
    public bool Services { get; init; } = true;

    /// <summary>Takes the next event; tells, in words, which Deletes it shows to have been false.</summary>
    public IReadOnlyList<string> Add(Event received)
    {
        ArgumentNullException.ThrowIfNull(received);
        if (received.Kind != "Pod") return [];
        if (received.Reason == "Delete")
        {
            _references.Remove(received.Uid);
            _deletedPods.Add(received.Uid);
            return [];
        }

        var found = new List<string>();
        if (_deletedPods.Remove(received.Uid)) found.Add($"a false Delete: Pod {received.Uid} was there all the time");
        var now = References(received).ToHashSet();
        if (!_references.TryGetValue(received.Uid, out var known)) known = ([], []);
        found.AddRange(now.Where(each => known.Ever.Contains(each) && !known.Now.Contains(each))
            .Select(each => $"a false Delete: {each} was there all the time, and Pod {received.Uid} with it"));
        _references[received.Uid] = (now, [.. known.Ever, .. now]);
        return found;
    }

    /// <summary>Begins anew, as after a restore: what was deleted may come back.</summary>
    public void Forget()
    {
        _deletedPods.Clear();
        _references.Clear();
    }

    private IEnumerable<string> References(Event pod) => pod.Refs is null ? [] : pod.Refs.Resources
        .Where(kind => Services || kind.Key != "Service")
        .SelectMany(kind => kind.Value.List.Select(uid => $"{kind.Key} {uid}"));
}
