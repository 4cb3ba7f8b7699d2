using Grpc.Core;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Gateway;

/// <summary>A parsed and validated selector.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Kinds">The kinds, all of them watched.</param>
internal readonly record struct Subscription(string Node, KindSet Kinds)
{
    /// <summary>Falco's plugin's name for <c>ReplicationController</c>.</summary>
    public const string ReplicationControllerAlias = "ReplicaController";

    // A node's name is a DNS subdomain.
    private const int LongestNodeName = 253;

    /// <summary>Parses a selector. Ignores kinds that are not watched; at least one must be.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT; the message names the field, and the known kinds.</exception>
    public static Subscription Parse(Selector selector, KindSet watched)
    {
        if (selector.NodeName.Length == 0) throw Invalid("nodeName is empty; it must be the name of a node, as in a Pod's spec.nodeName");
        if (selector.NodeName.Length > LongestNodeName)
            throw Invalid($"nodeName has {selector.NodeName.Length} characters; no node's name has more than {LongestNodeName}");

        var kinds = default(KindSet);
        foreach (var kind in watched.Kinds())
            if (selector.ResourceKinds.ContainsKey(ResourceKinds.NameOf(kind))) kinds = kinds.With(kind);
        if (watched.Contains(ResourceKind.ReplicationController) && selector.ResourceKinds.ContainsKey(ReplicationControllerAlias))
            kinds = kinds.With(ResourceKind.ReplicationController);
        if (kinds.Bits != 0) return new Subscription(selector.NodeName, kinds);

        var asked = selector.ResourceKinds.Count == 0 ? "is empty" : "has no key that is a known kind";
        throw Invalid($"resourceKinds {asked}; known kinds: {string.Join(", ", watched.Kinds().Select(ResourceKinds.NameOf))}");
    }

    private static RpcException Invalid(string message) => new(new Status(StatusCode.InvalidArgument, message));
}
