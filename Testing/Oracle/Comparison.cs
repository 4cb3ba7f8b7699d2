using System.Text.Json.Nodes;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Simulator;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Testing.Oracle;

/// <summary>Compares what subscribers hold with what the oracle says that they should hold.</summary>
public static class Comparison
{
    /// <summary>The kinds that a collector without extra kinds watches.</summary>
    public static KindSet Watched { get; } = ResourceKinds.Standard.With(ResourceKind.EndpointSlice);

    /// <summary>The oracle for the simulator's objects as they are now.</summary>
    public static RelatedOracle OracleOf(ApiServerSimulator simulator)
    {
        ArgumentNullException.ThrowIfNull(simulator);
        var resources = simulator.Objects.Snapshot().All.Select(item => ListedObjects.Find(JsonNode.Parse(item.Document.ToUtf8())!.AsObject()));
        return new RelatedOracle(resources.OfType<Resource>().Where(resource => Watched.Contains(resource.Kind)), Watched);
    }

    /// <summary>What the subscriber of <paramref name="node"/> should hold, a line with everything in it for each uid.</summary>
    public static IReadOnlyDictionary<string, string> LinesFor(this RelatedOracle oracle, string node)
    {
        ArgumentNullException.ThrowIfNull(oracle);
        return oracle.RelatedTo(node).Values.ToDictionary(item => item.Uid, item => item.ToString());
    }

    /// <summary>Whether a subscriber holds exactly this.</summary>
    public static bool Holds(this StreamLog log, IReadOnlyDictionary<string, string> lines)
    {
        ArgumentNullException.ThrowIfNull(log);
        var held = log.Held;
        return held.Count == lines.Count && held.All(item => lines.TryGetValue(item.Key, out var line) && Expected.Of(item.Value).ToString() == line);
    }
}
