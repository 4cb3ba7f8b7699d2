using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Greetings;
using Microsoft.Extensions.Options;

namespace MetaCollector.Silo.Inspecting;

/// <inheritdoc cref="IReplicaInspector"/>
internal sealed class ReplicaInspector(
    InformerStatus informer, ILeader leader, LeaderDirectory directory, IStreamInspector streams, IOptions<InformerOptions> options,
    Strangers strangers, TimeProvider time, LeaseElector? elector = null) : IReplicaInspector
{
    /// <summary>A stream that stands still for this long is reported.</summary>
    public static readonly TimeSpan Stuck = TimeSpan.FromSeconds(5);

    public ReplicaInspection Inspect() => new()
    {
        Version = VersionCommand.OfBuild.Version,
        HighestTerm = directory.HighestTerm,
        Term = informer.Term,
        Server = informer.Server?.ToString() ?? "",
        Trouble = informer.Trouble,
        LeaseTrouble = elector?.Trouble,
        Kinds = informer.IsLeading ? [.. informer.Kinds.Select(Inspect)] : [],
        Nodes = [.. leader.GetNodes()],
        Streams = [.. streams.Nodes()],
        Stuck = [.. streams.Stuck(Stuck)],
        Strangers = [.. strangers.Recent()],
    };

    public NodeStreams InspectNode(string node) => streams.StreamsOf(node);

    private KindInspection Inspect(KindStatus kind)
    {
        var since = kind.LastEvent is { } at ? time.GetUtcNow() - at : (TimeSpan?)null;
        // The API server sends an event or bookmark about every minute, so half of the timeout is long enough to call a watch silent.
        var isSilent = kind.State == KindState.Watching && since > options.Value.WatchIdleTimeout / 2;
        return new KindInspection(kind.Kind, kind.State.ToString().ToLowerInvariant(), kind.Objects, since, kind.Reason, isSilent) { IsLate = kind.IsLate };
    }
}
