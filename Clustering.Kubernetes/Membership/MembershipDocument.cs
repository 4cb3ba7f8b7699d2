using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// The whole membership table: all rows and the version, which change together. Immutable. Each change is a pure function
/// that returns the next document, or null where the caller's etags are no longer current.
/// </summary>
/// <param name="ClusterId">The cluster id.</param>
/// <param name="Epoch">
/// Changes when the table is created or repaired. A silo that reads another epoch than it knows checks that no row is missing:
/// see <see cref="MembershipHealing"/>.
/// </param>
/// <param name="Version">Grows by one with each change of membership. 0 for a new table.</param>
/// <param name="Rows">One for each silo, by address.</param>
internal sealed record MembershipDocument(
    [property: JsonPropertyName("cluster")] string ClusterId,
    [property: JsonPropertyName("epoch")] string Epoch,
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("silos")] ImmutableArray<MembershipRow> Rows)
{
    /// <summary>The etag of the version. Contains the epoch, since a repaired table may repeat a version.</summary>
    [JsonIgnore] public string VersionEtag => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Version}");

    public static MembershipDocument Empty(string clusterId) => new(clusterId, NewEpoch(), 0, []);

    public static string NewEpoch() => Guid.NewGuid().ToString("N")[..12];

    public MembershipRow? Find(string address) => Rows.FirstOrDefault(row => row.Address == address);

    public MembershipTableData ToTable() => new([.. Rows.Select(ToTuple)], new TableVersion(Version, VersionEtag));

    /// <summary>The row of one silo, or none, and the version, as Orleans reads them.</summary>
    public MembershipTableData ToTable(SiloAddress silo)
    {
        var version = new TableVersion(Version, VersionEtag);
        return Find(silo.ToParsableString()) is { } row ? new(ToTuple(row), version) : new(version);
    }

    /// <summary>Adds a row; null where the version is not current or the silo is there already.</summary>
    public MembershipDocument? Insert(MembershipEntry entry, TableVersion version, string? podName, string? podUid)
    {
        if (version.VersionEtag != VersionEtag || Find(entry.SiloAddress.ToParsableString()) is not null) return null;
        return this with { Version = Version + 1, Rows = Rows.Add(MembershipRow.Of(entry, Version + 1, podName, podUid)) };
    }

    /// <summary>Replaces a row; null where the version or the row is not current.</summary>
    public MembershipDocument? Update(MembershipEntry entry, string etag, TableVersion version)
    {
        if (version.VersionEtag != VersionEtag || Find(entry.SiloAddress.ToParsableString()) is not { } row || Etag(row) != etag) return null;
        var changed = MembershipRow.Of(entry, Version + 1, row.PodName, row.PodUid);
        return this with { Version = Version + 1, Rows = Rows.Replace(row, changed) };
    }

    /// <summary>Writes a heartbeat into a row. Version and etags stay. The same document where there is no such row.</summary>
    public MembershipDocument Heartbeat(SiloAddress silo, DateTime time) =>
        Find(silo.ToParsableString()) is { } row
            ? this with { Rows = Rows.Replace(row, row with { IAmAliveTime = MembershipRow.Utc(time) }) }
            : this;

    /// <summary>
    /// The live silos that ran where a silo starts: at its endpoint, which no other process has now, or in its pod, which runs one silo at a time.
    /// </summary>
    public HashSet<string> FormerLivesOf(SiloAddress silo, string? podUid) =>
        [.. Rows.Where(row => row.IsLive && row.Address != silo.ToParsableString()
            && (SiloAddress.FromParsableString(row.Address).Endpoint.Equals(silo.Endpoint) || (!string.IsNullOrEmpty(podUid) && row.PodUid == podUid)))
            .Select(row => row.Address)];

    /// <summary>Drops rows of silos that are no members. The version stays. The same document where no row is dropped.</summary>
    public MembershipDocument Without(Func<MembershipRow, bool> isUnwanted) =>
        Rows.Any(isUnwanted) ? this with { Rows = Rows.RemoveAll(row => isUnwanted(row)) } : this;

    /// <summary>
    /// Declares silos dead, in one change, with <paramref name="by"/>'s vote. The same document where none of them is live.
    /// </summary>
    public MembershipDocument DeclareDead(IReadOnlySet<string> silos, SiloAddress by, DateTime time)
    {
        if (!Rows.Any(row => row.IsLive && silos.Contains(row.Address))) return this;
        var vote = new Suspicion(by.ToParsableString(), MembershipRow.Utc(time));
        return this with
        {
            Version = Version + 1,
            Rows = [.. Rows.Select(row => row.IsLive && silos.Contains(row.Address)
                ? row with { Status = SiloStatus.Dead, Changed = Version + 1, Suspicions = [.. row.Suspicions ?? [], vote] }
                : row)],
        };
    }

    /// <summary>
    /// Removes every row that is not Active and whose last update is before <paramref name="before"/>: those silos are no members. The version stays,
    /// since the set of Active silos does.
    /// </summary>
    public MembershipDocument Cleanup(DateTimeOffset before)
    {
        var kept = Rows.RemoveAll(row => row.Status != SiloStatus.Active && row.LastUpdate < before.UtcDateTime);
        return kept.Length == Rows.Length ? this : this with { Rows = kept };
    }

    /// <summary>Drops the dead row with the oldest update; null where no row is dead.</summary>
    public MembershipDocument? WithoutOldestDead() =>
        Rows.Where(row => !row.IsLive).MinBy(row => row.LastUpdate) is { } oldest ? this with { Rows = Rows.Remove(oldest) } : null;

    private static Tuple<MembershipEntry, string> ToTuple(MembershipRow row) => Tuple.Create(row.ToEntry(), Etag(row));

    private static string Etag(MembershipRow row) => row.Changed.ToString(CultureInfo.InvariantCulture);
}
