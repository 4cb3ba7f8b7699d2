using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>What is to be kept of an object, said a second time and from its JSON.</summary>
internal static class Kept
{
    /// <summary>What is kept of <paramref name="one"/>; null where it is of no kind of ours, or not wanted.</summary>
    public static Resource? Of(KubernetesObject one)
    {
        var group = one.ApiVersion.Contains('/', StringComparison.Ordinal) ? one.ApiVersion.Split('/')[0] : "";
        if (ResourceKinds.Find(group, one.Kind) is not { } kind) return null;
        var ns = kind == ResourceKind.Namespace ? one.Name : one.Namespace;
        var uid = Uid.Parse(one.Uid);
        var generateName = one.Document.At("metadata", "generateName")?.Text;
        var labels = LabelSet.Of(one.Labels);
        var owner = one.Owners.FirstOrDefault(reference => reference.Controller) is { } reference
            ? new Owner(
                reference.ApiVersion.Contains('/', StringComparison.Ordinal) ? reference.ApiVersion.Split('/')[0] : "",
                reference.Kind, Uid.Parse(reference.Uid))
            : null;
        switch (kind)
        {
            case ResourceKind.Pod:
                return new Pod
                {
                    Kind = kind, Uid = uid, Namespace = ns, Name = one.Name, GenerateName = generateName, Labels = labels,
                    Controller = owner, Node = one.NodeName, Ip = one.PodIP.Length == 0 ? null : one.PodIP,
                };
            case ResourceKind.Service:
                return new Service
                {
                    Kind = kind, Uid = uid, Namespace = ns, Name = one.Name, GenerateName = generateName, Labels = labels,
                    Controller = owner, Selector = LabelSet.Of(one.Texts("spec", "selector")),
                };
            case ResourceKind.EndpointSlice:
                if (one.Labels.GetValueOrDefault("endpointslice.kubernetes.io/managed-by") == "endpointslice-controller.k8s.io")
                    return null;
                var targets = (one.Document["endpoints"]?.Items ?? [])
                    .Select(endpoint => endpoint["targetRef"]).Where(target => target?["kind"]?.Text == "Pod")
                    .Select(target => new PodTarget(target!["name"]?.Text ?? "", Uid.Parse(target["uid"]?.Text ?? "")))
                    .Distinct().OrderBy(target => target.Name, StringComparer.Ordinal).ThenBy(target => target.Uid);
                return new EndpointSlice
                {
                    Kind = kind, Uid = uid, Namespace = ns, Name = one.Name, GenerateName = generateName, Labels = labels,
                    Controller = owner, ServiceName = one.Labels.GetValueOrDefault("kubernetes.io/service-name") ?? "",
                    Targets = [.. targets],
                };
            default:
                return new Resource
                {
                    Kind = kind, Uid = uid, Namespace = ns, Name = one.Name, GenerateName = generateName, Labels = labels,
                    Controller = owner,
                };
        }
    }
}
