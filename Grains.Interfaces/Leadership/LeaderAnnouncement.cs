namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>A leader's announcement to all silos. Immutable.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Silo">The silo that it runs on.</param>
/// <param name="IsSynced">Whether Pods and Namespaces were listed, every other kind listed or refused, and every namespace fed once, in this term.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.LeaderAnnouncement")]
public sealed record LeaderAnnouncement(
    [property: Id(0)] long Term, [property: Id(1)] SiloAddress Silo, [property: Id(2)] bool IsSynced)
{
    /// <summary>Whether the leader stops: it has released the Lease and feeds on only until another silo leads.</summary>
    [Id(3)] public bool IsLeaving { get; init; }

    /// <summary>Number of the announcement within its term, from 1: silos ignore an older one that arrives late.</summary>
    [Id(4)] public long Number { get; init; }

    /// <summary>The kinds that the leader cannot read now, because the API server refuses or does not serve them.</summary>
    [Id(5)] public KindSet Refused { get; init; }

    /// <summary>Why Pods or Namespaces cannot be read now, in one line; null if they can. Without them no stream is correct.</summary>
    [Id(6)] public string? Blindness { get; init; }
}
