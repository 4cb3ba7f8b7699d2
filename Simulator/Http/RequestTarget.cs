using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Http;

/// <summary>What a path of the API addresses.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Namespace">The namespace; empty for all, or for kinds without.</param>
/// <param name="Name">The object; empty for all of them.</param>
/// <param name="Subresource">E.g. <c>status</c>; empty for the object itself.</param>
internal sealed record RequestTarget(ResourceType Type, string Namespace, string Name, string Subresource)
{
    /// <summary>Reads a path; null where it addresses no kind that is served.</summary>
    public static RequestTarget? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, version, rest) = parts switch
        {
            ["api", var v, .. var more] => ("", v, more),
            ["apis", var g, var v, .. var more] => (g, v, more),
            _ => ("", "", []),
        };
        return rest switch
        {
            ["namespaces", var ns, var plural, .. var tail] when Find(group, version, plural) is { Namespaced: true } type => Tail(type, ns, tail),
            [var plural, .. var tail] when Find(group, version, plural) is { Namespaced: false } type => Tail(type, "", tail),
            [var plural] when Find(group, version, plural) is { Namespaced: true } type => new RequestTarget(type, "", "", ""),
            _ => null,
        };
    }

    private static ResourceType? Find(string group, string version, string plural) => ResourceTypes.ByPlural(group, version, plural);

    private static RequestTarget? Tail(ResourceType type, string ns, string[] tail) => tail switch
    {
        [] => new RequestTarget(type, ns, "", ""),
        [var name] => new RequestTarget(type, ns, name, ""),
        [var name, var subresource] => new RequestTarget(type, ns, name, subresource),
        _ => null,
    };
}
