namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>
/// What a producer sends to a consumer about one namespace: everything that changed since <see cref="Previous"/>, or everything there is,
/// with its content as of <see cref="Position"/>. Content is absolute, never a delta of a field. Immutable.
/// </summary>
/// <remarks>A batch over 1 MB, by the estimate of its sender, travels in parts; the consumer collects them until the last one arrives.</remarks>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
[GenerateSerializer, Immutable, Alias("MetaCollector.Batch`1")]
public sealed record Batch<TChange>
{
    /// <summary>Name of the namespace.</summary>
    [Id(0)] public required string Namespace { get; init; }

    /// <summary>The last position that this consumer acknowledged; meaningless in a snapshot.</summary>
    [Id(1)] public Position Previous { get; init; }

    /// <summary>The position that the consumer holds once it has applied this.</summary>
    [Id(2)] public required Position Position { get; init; }

    /// <summary>Whether <see cref="Changes"/> is everything there is: the consumer removes everything else.</summary>
    [Id(3)] public bool IsSnapshot { get; init; }

    /// <summary>Number of this part, from 0.</summary>
    [Id(4)] public int Part { get; init; }

    /// <summary>Whether this is the last part.</summary>
    [Id(5)] public bool IsLast { get; init; } = true;

    /// <summary>The changes of this part. Do not modify.</summary>
    [Id(6)] public required TChange[] Changes { get; init; }

    /// <summary>
    /// When the oldest of these changes arrived from the API server, in milliseconds since 1970 (UTC); 0 in snapshots and where it is
    /// unknown. Only for measuring.
    /// </summary>
    [Id(7)] public long ArrivedAt { get; init; }

    /// <summary>
    /// Random number of the attempt to send, the same in all its parts: another producer may cut the same content differently. 0 in a batch
    /// of one part.
    /// </summary>
    [Id(8)] public long Sending { get; init; }

    /// <summary>The W3C trace context (<c>traceparent</c>) of these changes; null where they are not traced, as normally.</summary>
    [Id(9)] public string? Trace { get; init; }

    /// <summary>
    /// The kinds that the producer does not know, because the API server refuses or does not serve them. The consumer keeps what it holds of
    /// them, also when a snapshot leaves it out. Normally none.
    /// </summary>
    [Id(10)] public KindSet Unknown { get; init; }
}
