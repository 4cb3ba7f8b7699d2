using System.Text.Json.Nodes;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Simulator;
using MetaCollector.Testing.Oracle;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// How many resources each node's subscriber will be sent. By the product's own relations, since the oracle is too slow for large
/// clusters; whether they are right is what the tests are for.
/// </summary>
internal static class ExpectedCounts
{
    /// <summary>By node.</summary>
    public static IReadOnlyDictionary<string, int> Of(ApiServerSimulator simulator) =>
        Of(simulator.Objects.Snapshot().All.Select(item => JsonNode.Parse(item.Document.ToUtf8())!.AsObject()));

    /// <summary>By node, of these objects.</summary>
    public static IReadOnlyDictionary<string, int> Of(IEnumerable<JsonObject> objects)
    {
        var counts = new Dictionary<string, int>();
        var watched = ResourceKinds.Standard.With(ResourceKind.EndpointSlice);
        var resources = objects.Select(ListedObjects.Find)
            .Where(resource => resource is not null && watched.Contains(resource.Kind));
        var pool = new VersionPool();
        foreach (var scope in resources.GroupBy(resource => resource!.Namespace))
        {
            var relations = new NamespaceRelations(pool);
            relations.Apply([.. scope.Select(resource => new ResourceChange(resource!.Uid, resource))], watched, watched, _ => { });
            foreach (var node in relations.Nodes) counts[node] = counts.GetValueOrDefault(node) + relations.Slice(node).Count();
        }

        return counts;
    }
}
