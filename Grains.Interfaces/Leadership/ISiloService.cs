using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// What every silo offers under its address: it hears who leads, and, on the leader's silo, answers for the leader.
/// </summary>
[Alias("MetaCollector.ISiloService")]
public interface ISiloService : IGrainService
{
    /// <summary>The leader tells who it is: when it takes over, when it is in sync, when a silo joins, and now and then.</summary>
    /// <returns>The highest term that this silo has seen: more than the announced one where the leader's term is over.</returns>
    [Alias("Announce")]
    Task<long> AnnounceAsync(LeaderAnnouncement announcement);

    /// <summary>Which namespaces have pods on each of these nodes, and how far each has come.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetNodes")]
    Task<NodeInventory[]> GetNodesAsync(string[] nodes);

    /// <summary>
    /// <see cref="IResourceGrain"/>s ask whether the positions that they hold are current. Where one is not, what is missing follows
    /// through <see cref="IResourceGrain.FeedAsync"/>. Asking about a namespace that does not exist makes nothing of it.
    /// </summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("VerifyNamespaces")]
    Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held);

    /// <summary>A gateway asks which nodes each of these addresses belongs to, as <see cref="Model.NodeAddress"/> spells them; none for one that is not known.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("FindNodes")]
    Task<string[][]> FindNodesAsync(string[] addresses);

    /// <summary>How many streams to subscribers are open at this silo; null where it takes none.</summary>
    [Alias("CountStreams")]
    Task<int?> CountStreamsAsync();

    /// <summary>How far the leader has come in a namespace; <see cref="Position.None"/> where it holds nothing of it. Changes nothing.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetPosition")]
    Task<Position> GetPositionAsync(string @namespace);

    /// <summary>What this replica knows of itself, for people. Changes nothing.</summary>
    [Alias("Inspect")]
    Task<ReplicaInspection> InspectAsync();

    /// <summary>The streams of a node on this replica, with what they were sent, for people. Changes nothing.</summary>
    [Alias("InspectNode")]
    Task<NodeStreams> InspectNodeAsync(string node);
}

/// <summary>What the leader knows of a node. Immutable.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Namespaces">The namespaces with pods on the node, each with its current position.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeInventory")]
public sealed record NodeInventory([property: Id(0)] long Term, [property: Id(1)] NamespacePosition[] Namespaces)
{
    /// <summary>How many nodes have pods.</summary>
    [Id(2)] public int Nodes { get; init; }

    /// <summary>
    /// The position as of which this is so, newer than any that was handed out before: of namespaces that are not named, nothing is
    /// related to the node as of it.
    /// </summary>
    [Id(3)] public Position AsOf { get; init; }
}

/// <summary>What the leader says of a namespace. Immutable.</summary>
/// <param name="IsCurrent">Whether the position that was asked about is current.</param>
/// <param name="GoneAsOf">
/// Where the namespace has no objects at all, the position as of which this is so, newer than any that was handed out before; else
/// <see cref="Position.None"/>.
/// </param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespaceVerdict")]
public readonly record struct NamespaceVerdict([property: Id(0)] bool IsCurrent, [property: Id(1)] Position GoneAsOf);

/// <summary>Who leads. Immutable.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Silo">The silo that it runs on.</param>
/// <param name="IsSynced">Whether Pods and Namespaces were listed, every other kind listed or refused, and every namespace fed once, in this term.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.LeaderAnnouncement")]
public sealed record LeaderAnnouncement(
    [property: Id(0)] long Term, [property: Id(1)] SiloAddress Silo, [property: Id(2)] bool IsSynced)
{
    /// <summary>Whether the leader stops: it has given the Lease up, and goes on only until another leads.</summary>
    [Id(3)] public bool IsLeaving { get; init; }

    /// <summary>Counts what the leader announced in its term, from 1: an older announcement that comes late says nothing.</summary>
    [Id(4)] public long Number { get; init; }

    /// <summary>The kinds that the leader cannot read now, since it is refused or they do not exist.</summary>
    [Id(5)] public KindSet Refused { get; init; }

    /// <summary>Why Pods or Namespaces cannot be read now, in one line: without them nobody can be told what is true. Null where they can.</summary>
    [Id(6)] public string? Blindness { get; init; }
}

/// <summary>The silo that was asked as leader does not lead, or is not in sync yet: ask again later, or somebody else.</summary>
[GenerateSerializer, Alias("MetaCollector.NotLeadingException")]
public sealed class NotLeadingException : Exception
{
    /// <summary>An exception with the standard message.</summary>
    public NotLeadingException() : base("this silo does not lead, or its leader is not in sync yet") { }

    /// <summary>An exception with this message.</summary>
    public NotLeadingException(string message) : base(message) { }

    /// <summary>An exception with this message and cause.</summary>
    public NotLeadingException(string message, Exception innerException) : base(message, innerException) { }
}
