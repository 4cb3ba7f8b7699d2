using System.Text.Json.Nodes;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>
/// All that a subscriber is told of a resource, spelt out in plain terms: what the oracle expects, and what the product's own
/// messages are turned into, to be compared as text. Immutable.
/// </summary>
/// <param name="Uid">The uid.</param>
/// <param name="Kind">Name of the kind.</param>
/// <param name="Name"><c>metadata.name</c>.</param>
/// <param name="Namespace"><c>metadata.namespace</c>; null for a Namespace, which is in none.</param>
/// <param name="GenerateName"><c>metadata.generateName</c>; null where it is not set.</param>
/// <param name="Labels">Labels by key.</param>
/// <param name="Ip">Of a pod, its IP; null where it has none.</param>
/// <param name="Refs">Of a pod, kind to uids, both sorted; null for any other kind.</param>
public sealed record Expected(
    string Uid, string Kind, string Name, string? Namespace, string? GenerateName,
    SortedDictionary<string, string> Labels, string? Ip, SortedDictionary<string, SortedSet<string>>? Refs)
{
    /// <summary>What a subscriber would be told of <paramref name="resource"/>, with these references.</summary>
    public static Expected Of(Resource resource, SortedDictionary<string, SortedSet<string>>? refs)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new Expected(
            resource.Uid.ToString(), resource.Kind.ToString(), resource.Name,
            resource.Kind == ResourceKind.Namespace ? null : resource.Namespace, resource.GenerateName,
            new SortedDictionary<string, string>(resource.Labels.ToDictionary(), StringComparer.Ordinal), (resource as Pod)?.Ip, refs);
    }

    /// <summary>What grains and gateways hold of a resource.</summary>
    public static Expected Of(NodeResource held)
    {
        ArgumentNullException.ThrowIfNull(held);
        return Of(held.Resource, held.References is { } references
            ? Sorted(references.Kinds.Select(kind => (kind.Kind, kind.Uids.Select(uid => uid.ToString()))))
            : null);
    }

    /// <summary>What a subscriber was told by a Create or an Update.</summary>
    public static Expected Of(Event told)
    {
        ArgumentNullException.ThrowIfNull(told);
        var meta = JsonNode.Parse(told.Meta)!;
        var labels = (meta["labels"] as JsonObject ?? []).ToDictionary(label => label.Key, label => (string)label.Value!);
        return new Expected(
            told.Uid, told.Kind, (string)meta["name"]!, (string?)meta["namespace"], (string?)meta["generateName"],
            new SortedDictionary<string, string>(labels, StringComparer.Ordinal),
            told.HasStatus ? (string?)JsonNode.Parse(told.Status)!["podIP"] : null,
            told.Refs is { } refs ? Sorted(refs.Resources.Select(kind => (kind.Key, kind.Value.List.AsEnumerable()))) : null);
    }

    /// <summary>One line with everything in it: two are the same to a subscriber when their lines are.</summary>
    public override string ToString()
    {
        var labels = string.Join(',', Labels.Select(label => $"{label.Key}={label.Value}"));
        var refs = Refs is null ? "" : " refs=" + string.Join(' ', Refs.Select(kind => $"{kind.Key}[{string.Join(',', kind.Value)}]"));
        return $"{Kind} {Namespace}/{Name} uid={Uid} from={GenerateName} labels={labels} ip={Ip}{refs}";
    }

    private static SortedDictionary<string, SortedSet<string>> Sorted(IEnumerable<(string Kind, IEnumerable<string> Uids)> refs) => new(
        refs.ToDictionary(kind => kind.Kind, kind => new SortedSet<string>(kind.Uids, StringComparer.Ordinal)), StringComparer.Ordinal);
}
