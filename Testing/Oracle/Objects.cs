using System.Security.Cryptography;
using System.Text;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>
/// Builds resources that read like Kubernetes: <c>Pod("web-1").In("shop").Labelled("app=web").On("node-a").OwnedBy(rs)</c>. The same
/// kind, namespace, name and generation always have the same uid.
/// </summary>
public static class Objects
{
    /// <summary>The namespace of objects that are not said to be elsewhere.</summary>
    public const string DefaultNamespace = "default";

    public static Pod Pod(string name) =>
        new() { Kind = ResourceKind.Pod, Uid = UidOf(ResourceKind.Pod, DefaultNamespace, name), Namespace = DefaultNamespace, Name = name };

    public static Service Service(string name) => new()
    {
        Kind = ResourceKind.Service, Uid = UidOf(ResourceKind.Service, DefaultNamespace, name), Namespace = DefaultNamespace, Name = name,
    };

    public static EndpointSlice EndpointSlice(string name) => new()
    {
        Kind = ResourceKind.EndpointSlice, Uid = UidOf(ResourceKind.EndpointSlice, DefaultNamespace, name), Namespace = DefaultNamespace, Name = name,
    };

    public static Resource Namespace(string name) =>
        new() { Kind = ResourceKind.Namespace, Uid = UidOf(ResourceKind.Namespace, name, name), Namespace = name, Name = name };

    public static Resource Deployment(string name) => Of(ResourceKind.Deployment, name);

    public static Resource ReplicaSet(string name) => Of(ResourceKind.ReplicaSet, name);

    public static Resource DaemonSet(string name) => Of(ResourceKind.DaemonSet, name);

    public static Resource StatefulSet(string name) => Of(ResourceKind.StatefulSet, name);

    /// <summary>An object of any kind.</summary>
    public static Resource Of(ResourceKind kind, string name) => kind switch
    {
        ResourceKind.Pod => Pod(name),
        ResourceKind.Service => Service(name),
        ResourceKind.EndpointSlice => EndpointSlice(name),
        ResourceKind.Namespace => Namespace(name),
        _ => new Resource { Kind = kind, Uid = UidOf(kind, DefaultNamespace, name), Namespace = DefaultNamespace, Name = name },
    };

    /// <summary>In another namespace, and so another object.</summary>
    public static T In<T>(this T resource, string @namespace) where T : Resource =>
        resource with { Namespace = @namespace, Uid = UidOf(resource.Kind, @namespace, resource.Name) };

    /// <summary>Deleted and created again under the same name, for the n-th time.</summary>
    public static T Again<T>(this T resource, int generation = 1) where T : Resource =>
        resource with { Uid = UidOf(resource.Kind, resource.Namespace, resource.Name, generation) };

    /// <summary>With these labels and no others, each as <c>key=value</c>.</summary>
    public static T Labelled<T>(this T resource, params string[] labels) where T : Resource => resource with { Labels = Labels(labels) };

    public static T GeneratedFrom<T>(this T resource, string prefix) where T : Resource => resource with { GenerateName = prefix };

    /// <summary>Controlled by <paramref name="owner"/>; by nobody where it is null.</summary>
    public static T OwnedBy<T>(this T resource, Resource? owner) where T : Resource => resource with
    {
        Controller = owner is null ? null : new Owner(ResourceKinds.GroupOf(owner.Kind), ResourceKinds.NameOf(owner.Kind), owner.Uid),
    };

    /// <summary>Controlled by something of any kind at all.</summary>
    public static T OwnedBy<T>(this T resource, string group, string kind, Uid uid) where T : Resource =>
        resource with { Controller = new Owner(group, kind, uid) };

    /// <summary>Bound to a node.</summary>
    public static Pod On(this Pod pod, string node) => pod with { Node = node };

    public static Pod WithIp(this Pod pod, string? ip) => pod with { Ip = ip };

    /// <summary>Selecting pods by these labels, each as <c>key=value</c>; none for a service whose EndpointSlices somebody else writes.</summary>
    public static Service Selecting(this Service service, params string[] labels) => service with { Selector = Labels(labels) };

    /// <summary>Belonging to a service.</summary>
    public static EndpointSlice Of(this EndpointSlice slice, Service service) => slice with { ServiceName = service.Name };

    /// <summary>Naming these pods and no others.</summary>
    public static EndpointSlice Naming(this EndpointSlice slice, params Pod[] pods) =>
        slice with { Targets = [.. pods.Select(pod => new PodTarget(pod.Name, pod.Uid))] };

    /// <summary>Naming these pods and no others, without their uids.</summary>
    public static EndpointSlice NamingOnly(this EndpointSlice slice, params string[] names) =>
        slice with { Targets = [.. names.Select(name => new PodTarget(name, default))] };

    /// <summary>The uid that the builders give.</summary>
    public static Uid UidOf(ResourceKind kind, string @namespace, string name, int generation = 0)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}/{@namespace}/{name}/{generation}"));
        return Uid.Parse(new Guid(hash.AsSpan(0, 16)).ToString("D"));
    }

    private static LabelSet Labels(string[] labels) =>
        LabelSet.Of(labels.Select(label => label.Split('=', 2)).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1])));
}
