namespace MetaCollector.Grains.Relations;

/// <summary>
/// Finds the services that serve a pod: services whose selector matches its labels, and services without a selector whose EndpointSlices name it.
/// </summary>
/// <remarks>
/// A service with a selector is indexed by one pair of the selector: the pair by which the fewest other services are indexed. A pod looks up
/// each of its labels, and compares few selectors even if there are thousands.
/// </remarks>
internal sealed class ServiceIndex
{
    private readonly MultiMap<(string Key, string Value), Service> _bySelectorPair = new();
    private readonly Dictionary<Uid, (string Key, string Value)> _pairOf = [];
    private readonly MultiMap<string, Service> _withoutSelector = new();
    private readonly MultiMap<PodTarget, EndpointSlice> _slicesByTarget = new();
    private readonly MultiMap<string, EndpointSlice> _slicesByService = new();

    /// <summary>Adds a service or an EndpointSlice; ignores any other resource.</summary>
    public void Add(Resource resource)
    {
        if (resource is Service { IsExternalName: true }) return;
        if (resource is Service { Selector.Count: > 0 } service)
        {
            var pair = RarestPair(service.Selector);
            _pairOf[service.Uid] = pair;
            _bySelectorPair.Add(pair, service);
        }
        else if (resource is Service manual)
        {
            _withoutSelector.Add(manual.Name, manual);
        }
        else if (resource is EndpointSlice slice)
        {
            _slicesByService.Add(slice.ServiceName, slice);
            foreach (var target in TargetsOf(slice)) _slicesByTarget.Add(target, slice);
        }
    }

    /// <summary>Removes a resource that was added, in the same version.</summary>
    public void Remove(Resource resource)
    {
        if (resource is Service { IsExternalName: true }) return;
        if (resource is Service { Selector.Count: > 0 } service)
        {
            _pairOf.Remove(service.Uid, out var pair);
            _bySelectorPair.Remove(pair, service);
        }
        else if (resource is Service manual)
        {
            _withoutSelector.Remove(manual.Name, manual);
        }
        else if (resource is EndpointSlice slice)
        {
            _slicesByService.Remove(slice.ServiceName, slice);
            foreach (var target in TargetsOf(slice)) _slicesByTarget.Remove(target, slice);
        }
    }

    /// <summary>Adds the uids of the services that serve <paramref name="pod"/>, each once, in no order.</summary>
    public void Find(Pod pod, List<Uid> uids)
    {
        for (var i = 0; i < pod.Labels.Count; i++)
        {
            var (key, value) = pod.Labels.At(i);
            foreach (var service in _bySelectorPair[(key, value)])
                if (service.Selector.Selects(pod.Labels)) uids.Add(service.Uid);
        }

        FindNamed(new PodTarget("", pod.Uid), uids);
        FindNamed(new PodTarget(pod.Name, default), uids);
    }

    public ReadOnlySpan<EndpointSlice> SlicesOf(string serviceName) => _slicesByService[serviceName];

    /// <summary>What relates a service to a pod: its selector, or the name of an EndpointSlice; null if the service does not serve the pod.</summary>
    public string? TieOf(Pod pod, Service service)
    {
        if (service.IsExternalName) return null;
        if (service.Selector.Count > 0) return service.Selector.Selects(pod.Labels) ? service.Selector.ToString() : null;
        foreach (var slice in SlicesOf(service.Name))
            if (Names(slice, pod)) return slice.Name;
        return null;
    }

    private void FindNamed(PodTarget target, List<Uid> uids)
    {
        foreach (var slice in _slicesByTarget[target])
        {
            foreach (var service in _withoutSelector[slice.ServiceName])
                if (!uids.Contains(service.Uid)) uids.Add(service.Uid);
        }
    }

    private (string Key, string Value) RarestPair(LabelSet selector)
    {
        (string, string) rarest = default;
        var fewest = int.MaxValue;
        foreach (var (key, value) in selector)
        {
            var count = _bySelectorPair[(key, value)].Length;
            if (count >= fewest) continue;
            (rarest, fewest) = ((key, value), count);
        }

        return rarest;
    }

    // A target with a uid means the pod with that uid, whatever its name; a target without uid means the pod with that name.
    private static HashSet<PodTarget> TargetsOf(EndpointSlice slice)
    {
        var targets = new HashSet<PodTarget>();
        foreach (var target in slice.Targets.Span) targets.Add(target.Uid.IsEmpty ? target : target with { Name = "" });
        return targets;
    }

    private static bool Names(EndpointSlice slice, Pod pod)
    {
        foreach (var target in slice.Targets.Span)
            if (target.Uid.IsEmpty ? target.Name == pod.Name : target.Uid == pod.Uid) return true;
        return false;
    }
}
