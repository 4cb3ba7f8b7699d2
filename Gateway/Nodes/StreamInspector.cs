using MetaCollector.Grains.Interfaces.Inspection;

namespace MetaCollector.Gateway.Nodes;

/// <inheritdoc cref="IStreamInspector"/>
/// <remarks>Not the views themselves: what is registered twice is disposed of twice.</remarks>
internal sealed class StreamInspector(NodeViews views) : IStreamInspector
{
    public StreamsOfNode[] Nodes() => [.. views.All().Where(view => view.StreamCount > 0).Select(view => new StreamsOfNode(view.Node, view.StreamCount))];

    public StreamInspection[] Stuck(TimeSpan atLeast) =>
        [.. views.All().SelectMany(view => view.Stuck(atLeast)).OrderByDescending(stream => stream.BlockedFor).Take(InspectionLimits.Names)];

    public NodeStreams StreamsOf(string node) => views.Find(node)?.Inspect() ?? new NodeStreams();
}
