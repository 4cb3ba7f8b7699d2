using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>
/// What a producer hands to a consumer about one namespace: the content, as of <see cref="Position"/>, of everything that changed
/// since <see cref="Previous"/>, or of everything there is. Content is absolute, never a delta of a field. Immutable.
/// </summary>
/// <remarks>A batch over 1 MB, by the estimate of its sender, travels in parts, which a consumer sets aside until it has the last.</remarks>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
[GenerateSerializer, Immutable, Alias("MetaCollector.Batch`1")]
public sealed record Batch<TChange>
{
    /// <summary>Name of the namespace.</summary>
    [Id(0)] public required string Namespace { get; init; }

    /// <summary>The last position that this consumer acknowledged; without meaning in a snapshot.</summary>
    [Id(1)] public Position Previous { get; init; }

    /// <summary>The position that the consumer holds once it has applied this.</summary>
    [Id(2)] public required Position Position { get; init; }

    /// <summary>Whether <see cref="Changes"/> is everything there is: what the consumer holds beyond it is gone.</summary>
    [Id(3)] public bool IsSnapshot { get; init; }

    /// <summary>Number of this part, from 0.</summary>
    [Id(4)] public int Part { get; init; }

    /// <summary>Whether this is the last part.</summary>
    [Id(5)] public bool IsLast { get; init; } = true;

    /// <summary>The changes of this part; not to be modified.</summary>
    [Id(6)] public required TChange[] Changes { get; init; }

    /// <summary>
    /// When the oldest of these changes arrived from the API server, in milliseconds since 1970 (UTC); 0 where that says nothing,
    /// as in snapshots. Only for measuring.
    /// </summary>
    [Id(7)] public long ArrivedAt { get; init; }

    /// <summary>
    /// What the parts of one sending have in common, and those of no other: two producers may cut the same content differently. 0 in a
    /// batch of one part.
    /// </summary>
    [Id(8)] public long Sending { get; init; }

    /// <summary>The context under which these changes are traced, as W3C writes it; null where they are not, as a rule.</summary>
    [Id(9)] public string? Trace { get; init; }

    /// <summary>
    /// The kinds of which the producer knows nothing, since they could not be read: silence about them is no deletion. What the
    /// consumer holds of them stays, in a snapshot too. None, as a rule.
    /// </summary>
    [Id(10)] public KindSet Unknown { get; init; }
}
