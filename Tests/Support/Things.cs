using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Tests.Support;

/// <summary>Builds resources that read like Kubernetes: <c>Things.Pod("web-1").In("shop").Labelled("app", "web").RefersTo(rs)</c>.</summary>
internal static class Things
{
    public static NodeResource Pod(string name, string? ip = null) => new(
        new Pod { Kind = ResourceKind.Pod, Uid = UidOf("pod", name), Namespace = "default", Name = name, Node = "node-a", Ip = ip },
        new References { Kinds = [new KindReferences("Service", [])] });

    public static NodeResource Of(ResourceKind kind, string name)
    {
        var uid = UidOf(kind.ToString(), name);
        return new NodeResource(kind == ResourceKind.Service
            ? new Service { Kind = kind, Uid = uid, Namespace = "default", Name = name }
            : new Resource { Kind = kind, Uid = uid, Namespace = "default", Name = name }, null);
    }

    public static NodeResource Namespace(string name)
    {
        var made = Of(ResourceKind.Namespace, name);
        return made with { Resource = made.Resource with { Namespace = name } };
    }

    public static NodeResource In(this NodeResource resource, string @namespace) => resource with
    {
        Resource = resource.Resource with
        {
            Namespace = @namespace,
            Uid = UidOf($"{resource.Kind}/{@namespace}", resource.Resource.Name),
        },
    };

    public static NodeResource Labelled(this NodeResource resource, string key, string value) => resource with
    {
        Resource = resource.Resource with { Labels = LabelSet.Of(resource.Resource.Labels.Append(new(key, value))) },
    };

    public static NodeResource WithIp(this NodeResource pod, string? ip) => pod with { Resource = (Pod)pod.Resource with { Ip = ip } };

    public static NodeResource RefersTo(this NodeResource pod, params NodeResource[] targets) =>
        pod.RefersTo(targets.Select(target => (target.Kind.ToString(), target.Uid)));

    public static NodeResource RefersTo(this NodeResource pod, IEnumerable<(string Kind, Uid Uid)> targets) => pod with
    {
        References = new References
        {
            Kinds = [.. targets.GroupBy(target => target.Kind, target => target.Uid)
                .Append(null).Select(group => new KindReferences(group?.Key ?? "Service", [.. (group ?? Enumerable.Empty<Uid>()).Order()]))
                .OrderByDescending(kind => kind.Uids.Count).DistinctBy(kind => kind.Kind).OrderBy(kind => kind.Kind, StringComparer.Ordinal)],
        },
    };

    public static Uid UidOf(string kind, string name)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{kind}/{name}"));
        return Uid.Parse(new Guid(hash.AsSpan(0, 16)).ToString("D"));
    }
}
