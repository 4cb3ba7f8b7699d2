using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Tests.Oracle;

/// <summary>
/// Reads the events of one stream in order and throws at the first broken promise: for each uid Create, Update*, Delete, and so on;
/// only what is related and asked for, in its newest version; no Update that changes nothing; and never a pod that refers to
/// something of a subscribed kind which the subscriber does not hold. Knows nothing of how events are made.
/// </summary>
/// <param name="kinds">The kinds that the subscriber asked for.</param>
internal sealed class StreamLogChecker(KindSet kinds)
{
    private readonly Dictionary<Uid, NodeResource> _held = [];
    private readonly StringBuilder _log = new();

    /// <summary>How many events were read.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the next event.</summary>
    /// <param name="reason">The event's reason.</param>
    /// <param name="version">The version that is sent, or the last one sent.</param>
    /// <param name="related">What is related to the node at this moment, of any kind.</param>
    public void Read(EventReason reason, NodeResource version, IReadOnlyDictionary<Uid, NodeResource> related)
    {
        Count++;
        var uid = version.Uid;
        _log.Append(CultureInfo.InvariantCulture, $"{reason} {Describe(version)}").AppendLine();
        var isHeld = _held.TryGetValue(uid, out var held);
        Require(kinds.Contains(version.Kind), "a kind that was not asked for");
        Require(isHeld == (reason != EventReason.Create), isHeld ? "a second Create" : $"an {reason} of what is not held");
        if (reason == EventReason.Delete)
        {
            Require(held!.Kind == version.Kind, "a Delete with another kind");
            Require(!related.ContainsKey(uid), "a Delete of what is related");
            _held.Remove(uid);
            foreach (var pod in _held.Values) Require(!RefersTo(pod, uid), $"{pod.Resource.Name} still refers to it");
            return;
        }

        Require(related.TryGetValue(uid, out var now), "something unrelated");
        Require(Describe(now!) == Describe(version), $"not the newest version, which is {Describe(now!)}");
        if (isHeld) Require(Describe(held!) != Describe(version), "an Update that changes nothing");
        _held[uid] = version;
        foreach (var (kind, target) in ReferencesOf(version))
        {
            if (Enum.TryParse<ResourceKind>(kind, out var known) && kinds.Contains(known))
                Require(_held.ContainsKey(target), $"it refers to {kind} {target}, which is not held");
        }
    }

    /// <summary>The stream says that it has nothing to send: the subscriber must hold exactly what is related.</summary>
    public void Settled(IReadOnlyDictionary<Uid, NodeResource> related)
    {
        foreach (var now in related.Values.Where(now => kinds.Contains(now.Kind)))
        {
            Require(_held.TryGetValue(now.Uid, out var held), $"never sent: {Describe(now)}");
            Require(Describe(held!) == Describe(now), $"stale: {Describe(held!)} is now {Describe(now)}");
        }

        foreach (var held in _held.Values) Require(related.ContainsKey(held.Uid), $"left over: {Describe(held)}");
    }

    private static IEnumerable<(string Kind, Uid Uid)> ReferencesOf(NodeResource resource) =>
        (resource.References?.Kinds ?? []).SelectMany(kind => kind.Uids.Select(uid => (kind.Kind, uid)));

    private static bool RefersTo(NodeResource resource, Uid uid)
    {
        foreach (var (_, target) in ReferencesOf(resource))
            if (target == uid) return true;
        return false;
    }

    /// <summary>All that a subscriber is told of a version, spelt out.</summary>
    private static string Describe(NodeResource version)
    {
        var meta = version.Resource;
        var ip = (meta as Pod)?.Ip;
        var references = string.Join(' ', ReferencesOf(version).Select(to => $"{to.Kind}={to.Uid}"));
        return $"{version.Kind} {meta.Namespace}/{meta.Name} uid={version.Uid} from={meta.GenerateName} labels={meta.Labels} ip={ip} refs=[{references}]";
    }

    private void Require([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds) throw new PromiseBrokenException($"{otherwise}; event {Count} of:\n{_log}");
    }
}

/// <summary>A promise of the protocol was broken.</summary>
public sealed class PromiseBrokenException(string message) : Exception(message);
