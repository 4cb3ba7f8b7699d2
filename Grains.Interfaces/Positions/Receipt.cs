namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>What a consumer made of a batch. The numbers travel between silos: add, never renumber.</summary>
public enum Verdict : byte
{
    /// <summary>Applied, set aside until its last part is there, or ignored since the consumer holds as much or more.</summary>
    Accepted = 0,

    /// <summary>The consumer holds something else than the batch builds on, and needs everything.</summary>
    SnapshotNeeded = 1,

    /// <summary>The batch is of a term that is over: whoever sent it is not the leader any more.</summary>
    Refused = 2,
}

/// <summary>A consumer's answer to a batch. Immutable.</summary>
/// <param name="Verdict">What became of the batch.</param>
/// <param name="Held">The position that the consumer holds now.</param>
/// <param name="HighestTerm">With <see cref="Verdict.Refused"/>, the highest term that the consumer's silo has seen; else 0.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.Receipt")]
public readonly record struct Receipt(
    [property: Id(0)] Verdict Verdict, [property: Id(1)] Position Held, [property: Id(2)] long HighestTerm = 0);
