using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>
/// What is related to one node, changed at random but always consistent, as grains tell it: what a pod refers to of the watched
/// kinds is there. Pods may own pods, and may refer to kinds that nobody watches.
/// </summary>
internal sealed class World
{
    public static readonly string[] Namespaces = ["a", "b", "c"];

    private static readonly ResourceKind[] Others =
        [ResourceKind.Namespace, ResourceKind.Deployment, ResourceKind.ReplicaSet, ResourceKind.Service, ResourceKind.Service];

    private readonly Dictionary<string, Dictionary<Uid, NodeResource>> _slices =
        Namespaces.ToDictionary(name => name, _ => new Dictionary<Uid, NodeResource>());
    private int _generation;

    /// <summary>The slice of a namespace.</summary>
    public Dictionary<Uid, NodeResource> Slice(string @namespace) => _slices[@namespace];

    /// <summary>Everything.</summary>
    public Dictionary<Uid, NodeResource> All() =>
        _slices.Values.SelectMany(slice => slice).ToDictionary(pair => pair.Key, pair => pair.Value);

    /// <summary>One change of one object, as <paramref name="choice"/> says, and what follows from it.</summary>
    /// <returns>The uids that changed.</returns>
    public HashSet<Uid> Change(string @namespace, uint choice)
    {
        var slice = _slices[@namespace];
        var before = new Dictionary<Uid, NodeResource>(slice);
        var number = (int)(choice / 16 % 5);
        switch (choice % 16)
        {
            case < 3: Put(slice, Other(@namespace, number)); break;
            case < 5: slice.Remove(Other(@namespace, number).Uid); break;
            case < 8: Put(slice, Refer(slice, PodNumber(@namespace, number), choice)); break;
            case 8: slice.Remove(PodNumber(@namespace, number).Uid); break;
            case 9:
                // A new object under the old name, as when a StatefulSet's pod restarts.
                slice.Remove(PodNumber(@namespace, number).Uid);
                _generation++;
                Put(slice, Refer(slice, PodNumber(@namespace, number), choice));
                break;
            case 10: Relabel(slice, Other(@namespace, number).Uid, choice); break;
            case 11: Relabel(slice, PodNumber(@namespace, number).Uid, choice); break;
            case < 14 when slice.TryGetValue(PodNumber(@namespace, number).Uid, out var pod): Put(slice, Refer(slice, pod, choice)); break;
            case 14 when choice % 5 == 0: slice.Clear(); break;
            case 15 when slice.TryGetValue(PodNumber(@namespace, number).Uid, out var pod): Put(slice, pod.WithIp($"10.0.0.{choice % 3}")); break;
        }

        DropDangling(slice);
        return [.. before.Keys.Union(slice.Keys).Where(uid =>
            !before.TryGetValue(uid, out var was) || !slice.TryGetValue(uid, out var now) || !was.LooksLike(now))];
    }

    private static void Put(Dictionary<Uid, NodeResource> slice, NodeResource resource) => slice[resource.Uid] = resource;

    private static NodeResource Other(string @namespace, int number) =>
        Others[number] == ResourceKind.Namespace ? Things.Namespace(@namespace) : Things.Of(Others[number], $"other-{number}").In(@namespace);

    private NodeResource PodNumber(string @namespace, int number)
    {
        var pod = Things.Pod($"pod-{number}").In(@namespace);
        return number > 1 ? pod : pod with { Resource = pod.Resource with { Uid = Things.UidOf($"{@namespace}/{_generation}", $"pod-{number}") } };
    }

    private static void Relabel(Dictionary<Uid, NodeResource> slice, Uid uid, uint choice)
    {
        if (slice.TryGetValue(uid, out var resource)) slice[uid] = resource.Labelled("version", $"{choice % 3}");
    }

    private static NodeResource Refer(Dictionary<Uid, NodeResource> slice, NodeResource pod, uint choice)
    {
        var bits = choice * 2654435761u;
        var targets = slice.Values.OrderBy(target => target.Uid)
            .Where(target => target.Uid != pod.Uid && (bits = bits * 1664525 + 1013904223) >> 30 != 0)
            // A pod owns only pods that come after it, so that there is no circle.
            .Where(target => target.Kind != ResourceKind.Pod
                || string.CompareOrdinal(target.Resource.Name, pod.Resource.Name) < 0)
            .Select(target => (target.Kind.ToString(), target.Uid));
        return pod.RefersTo(choice % 7 == 0 ? targets.Append(("Rollout", Things.UidOf("Rollout", "x"))) : targets);
    }

    private static void DropDangling(Dictionary<Uid, NodeResource> slice)
    {
        foreach (var pod in slice.Values.Where(resource => resource.Kind == ResourceKind.Pod).ToArray())
        {
            var targets = pod.References!.Kinds.SelectMany(kind => kind.Uids.Select(uid => (kind.Kind, uid)));
            Put(slice, pod.RefersTo(targets.Where(target => target.Kind == "Rollout" || slice.ContainsKey(target.uid)).ToArray()));
        }
    }
}
