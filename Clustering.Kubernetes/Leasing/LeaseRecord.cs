using System.Globalization;
using System.Text.Json.Nodes;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>The content of a Lease. Immutable.</summary>
/// <param name="Holder">Who holds it; empty where nobody does.</param>
/// <param name="Transitions">Its <c>leaseTransitions</c>: the holder's term.</param>
/// <param name="AcquireTime">When the holder took it, by the holder's clock; never compared with ours.</param>
/// <param name="RenewTime">When the holder renewed it, by the holder's clock; only whether it changes matters.</param>
internal sealed record LeaseRecord(string Holder, long Transitions, DateTime? AcquireTime, DateTime? RenewTime)
{
    // Below int.MaxValue, so that elections go on after somebody has written a huge number by hand.
    private const long LargestTerm = 2_000_000_000;

    private static readonly DateTime TermsBegin = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>The object's metadata, which a write sends back unchanged; null for a record that was not read.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>The term; 0 where <see cref="Transitions"/> is out of range.</summary>
    public long Term => Transitions is > 0 and <= LargestTerm ? Transitions : 0;

    /// <summary>
    /// Every term under this Lease is higher than this one: the second in which the API server created the Lease. So terms do not repeat after a
    /// deleted Lease is recreated by a silo that has seen no term, unless there was more than one election a second.
    /// </summary>
    public long TermsBefore => Time(Metadata?["creationTimestamp"]) is { } created
        ? Math.Clamp((long)(created - TermsBegin).TotalSeconds, 0, LargestTerm)
        : 0;

    /// <summary>Whether holder, term and times are the same.</summary>
    public bool SaysTheSameAs(LeaseRecord other) =>
        (Holder, Transitions, AcquireTime, RenewTime) == (other.Holder, other.Transitions, other.AcquireTime, other.RenewTime);

    /// <summary>A time as Kubernetes writes it; null where there is none.</summary>
    public static DateTime? Time(JsonNode? node) =>
        DateTimeOffset.TryParse((string?)node, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcDateTime : null;
}
