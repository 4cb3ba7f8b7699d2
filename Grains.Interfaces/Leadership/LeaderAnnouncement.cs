using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Interfaces.Leadership;

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
