using System.Globalization;
using System.Text.Json.Nodes;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>What a Lease says. Immutable.</summary>
/// <param name="Holder">Who holds it; empty where nobody does.</param>
/// <param name="Transitions">Its <c>leaseTransitions</c>: the holder's term.</param>
/// <param name="AcquireTime">When the holder took it, by the holder's clock; never compared with ours.</param>
/// <param name="RenewTime">When the holder renewed it, by the holder's clock; only whether it changes matters.</param>
internal sealed record LeaseRecord(string Holder, long Transitions, DateTime? AcquireTime, DateTime? RenewTime)
{
    // Room below int.MaxValue, so that a nonsensical number written by hand does not end all elections.
    private const long LargestTerm = 2_000_000_000;

    private static readonly DateTime TermsBegin = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>The object's metadata, which a write hands back and nobody changes; null for a record that was not read.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>The term, or 0 where it can be none.</summary>
    public long Term => Transitions is > 0 and <= LargestTerm ? Transitions : 0;

    /// <summary>
    /// Every term given under this Lease is above this one: the second in which the API server created it. So a Lease that was deleted, and made again
    /// by a silo that knows nothing of the past, does not repeat terms: they would have to be won faster than one a second.
    /// </summary>
    public long TermsBefore => Time(Metadata?["creationTimestamp"]) is { } created
        ? Math.Clamp((long)(created - TermsBegin).TotalSeconds, 0, LargestTerm)
        : 0;

    /// <summary>Whether both say the same of holder, term and times.</summary>
    public bool SaysTheSameAs(LeaseRecord other) =>
        (Holder, Transitions, AcquireTime, RenewTime) == (other.Holder, other.Transitions, other.AcquireTime, other.RenewTime);

    /// <summary>A time as Kubernetes writes it; null where there is none.</summary>
    public static DateTime? Time(JsonNode? node) =>
        DateTimeOffset.TryParse((string?)node, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcDateTime : null;
}
