using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Oracle;

namespace MetaCollector.Tests.Grains.Histories;

/// <summary>
/// The objects of one namespace as the API server has them. Whoever watches has a store of its own, by uid, in which kinds arrive
/// independently of each other.
/// </summary>
/// <param name="watched">The kinds that can be read at first.</param>
internal sealed class Cluster(KindSet watched)
{
    public const string Namespace = "shop";

    private readonly Dictionary<int, Resource> _objects = [];
    private readonly int[] _generations = new int[ClusterStep.Slots.Length];

    /// <summary>The kinds that can be read.</summary>
    public KindSet Watched { get; private set; } = watched;

    /// <summary>Plays a step that concerns the API server alone.</summary>
    public void Play(ClusterStep step)
    {
        switch (step.Verb)
        {
            case Verb.Create: Create(step); break;
            case Verb.Delete: _objects.Remove(step.Slot); break;
            case Verb.Label: Change<Resource>(step.Slot, resource => resource.Labelled(step.Labels)); break;
            case Verb.GiveIp: Change<Pod>(step.Pod, pod => pod.WithIp(step.Ip)); break;
            case Verb.Bind: Change<Pod>(step.Pod, pod => pod.On(step.Node)); break;
            case Verb.Own: Change<Resource>(step.Owned, resource => Own(resource, step)); break;
            case Verb.Select: Change<Service>(step.Service, service => service.Selecting(step.Labels) with { IsExternalName = step.C % 7 == 0 }); break;
            case Verb.Aim: Change<EndpointSlice>(step.Slice, slice => Aim(slice, step)); break;
            case Verb.Watch:
                var kind = (ResourceKind)(1 + step.A % 11);
                Watched = step.B % 3 == 0 ? Watched.Without(kind) : Watched.With(kind);
                break;
        }
    }

    /// <summary>What has changed since it arrived, of one kind or of all that can be read: it arrives now.</summary>
    public ResourceChange[] Deliver(ClusterStep step, Dictionary<Uid, Resource> store)
    {
        var now = _objects.Values.Where(resource => Arrives(resource.Kind, step.Kind)).ToDictionary(resource => resource.Uid);
        var changes = new List<ResourceChange>();
        foreach (var gone in store.Values.Where(resource => Arrives(resource.Kind, step.Kind) && !now.ContainsKey(resource.Uid)).ToArray())
        {
            store.Remove(gone.Uid);
            changes.Add(new ResourceChange(gone.Uid, null));
        }

        foreach (var resource in now.Values)
        {
            if (store.GetValueOrDefault(resource.Uid) == resource && !IsRepeated(step, resource)) continue;
            store[resource.Uid] = resource;
            changes.Add(new ResourceChange(resource.Uid, resource));
        }

        return Shuffled(changes, step.B);
    }

    /// <summary>Everything that can be read: it arrives now.</summary>
    public ResourceChange[] Snapshot(ClusterStep step, Dictionary<Uid, Resource> store)
    {
        Deliver(step with { Verb = Verb.Deliver, A = 0 }, store);
        var content = store.Values.Where(resource => Watched.Contains(resource.Kind));
        return Shuffled(content.Select(resource => new ResourceChange(resource.Uid, resource)), step.B);
    }

    private static bool IsRepeated(ClusterStep step, Resource resource) => step.C % 4 == 0 && (resource.Name.Length + step.B) % 2 == 0;

    private static ResourceChange[] Shuffled(IEnumerable<ResourceChange> changes, byte order)
    {
        var shuffled = changes.OrderBy(change => change.Uid).ToArray();
        new Random(order).Shuffle(shuffled);
        return shuffled;
    }

    private bool Arrives(ResourceKind kind, ResourceKind? only) => Watched.Contains(kind) && (only is null || only == kind);

    private void Create(ClusterStep step)
    {
        // Now and then all services at once: a batch with many of them is treated differently.
        var service = Array.FindIndex(ClusterStep.Slots, slot => slot.Kind == ResourceKind.Service);
        var slots = step.C % 32 == 31 ? Enumerable.Range(service, ClusterStep.ServiceCount) : [step.Slot];
        foreach (var slot in slots) Create(slot, step);
    }

    private void Create(int slot, ClusterStep step)
    {
        if (_objects.ContainsKey(slot)) return;
        _generations[slot]++;
        var (kind, name) = ClusterStep.Slots[slot];
        var made = (kind == ResourceKind.Namespace ? Objects.Namespace(name) : Objects.Of(kind, name).In(Namespace)).Again(_generations[slot]);
        if (step.C % 5 == 0) made = made.GeneratedFrom("from-");
        _objects[slot] = made switch
        {
            Pod pod => pod.Labelled(step.Labels).On(step.Node),
            Service service => service.Selecting(step.Labels),
            EndpointSlice slice => Aim(slice, step),
            _ => made,
        };
    }

    private void Change<T>(int slot, Func<T, T> change) where T : Resource
    {
        if (_objects.TryGetValue(slot, out var resource) && resource is T typed) _objects[slot] = change(typed);
    }

    private Resource Own(Resource resource, ClusterStep step)
    {
        var (kind, name) = ClusterStep.Slots[step.Owner];
        var (group, kindName) = (ResourceKinds.GroupOf(kind), ResourceKinds.NameOf(kind));
        return step.Style switch
        {
            OwnerStyle.Nobody => resource.OwnedBy(null),
            OwnerStyle.ForeignGroup => resource.OwnedBy("example.com", kindName, UidOf(step.Owner)),
            OwnerStyle.OtherKind => resource.OwnedBy("apps", "ReplicaSet", UidOf(step.Owner)),
            OwnerStyle.FormerGeneration => resource.OwnedBy(group, kindName, UidOf(step.Owner, former: true)),
            OwnerStyle.UnwatchedKind => resource.OwnedBy("example.com", "Rollout", Objects.UidOf(ResourceKind.Job, "elsewhere", name)),
            _ => resource.OwnedBy(group, kindName, UidOf(step.Owner)),
        };
    }

    private EndpointSlice Aim(EndpointSlice slice, ClusterStep step) => slice with
    {
        ServiceName = step.AimsAt,
        // With a uid the name counts for nothing: it may be missing, or be another's.
        Targets = [.. step.Targets.Select(target => new PodTarget(NameIn(target), target.Style switch
        {
            TargetStyle.ByName => default,
            TargetStyle.ByFormerUid => UidOf(target.Pod, former: true),
            _ => UidOf(target.Pod),
        }))],
    };

    private static string NameIn((int Pod, TargetStyle Style) target) =>
        target.Style == TargetStyle.ByUid && target.Pod % 3 == 1 ? "" : ClusterStep.Slots[target.Style == TargetStyle.ByUid && target.Pod % 3 == 2 ? 0 : target.Pod].Name;

    /// <summary>The uid of what is there, or will be next.</summary>
    private Uid UidOf(int slot, bool former = false)
    {
        var (kind, name) = ClusterStep.Slots[slot];
        var generation = _objects.ContainsKey(slot) ? _generations[slot] : _generations[slot] + 1;
        return Objects.UidOf(kind, Namespace, name, former ? generation - 1 : generation);
    }
}
