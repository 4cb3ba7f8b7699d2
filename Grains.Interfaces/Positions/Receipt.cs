namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>What a consumer did with a batch. The numbers travel between silos: add, never renumber.</summary>
public enum Verdict : byte
{
    /// <summary>Applied, collected until the last part arrives, or ignored because the consumer holds the same position or a newer one.</summary>
    Accepted = 0,

    /// <summary>The batch does not build on what the consumer holds: it needs a snapshot.</summary>
    SnapshotNeeded = 1,

    /// <summary>The batch is of a term that is over: its sender is not the leader any more.</summary>
    Refused = 2,
}

/// <summary>A consumer's answer to a batch. Immutable.</summary>
/// <param name="Verdict">What the consumer did with the batch.</param>
/// <param name="Held">The position that the consumer holds now.</param>
/// <param name="HighestTerm">With <see cref="Verdict.Refused"/>, the highest term that the consumer's silo has seen; else 0.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.Receipt")]
public readonly record struct Receipt(
    [property: Id(0)] Verdict Verdict, [property: Id(1)] Position Held, [property: Id(2)] long HighestTerm = 0);
