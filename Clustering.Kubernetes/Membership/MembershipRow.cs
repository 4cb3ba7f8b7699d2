using System.Text.Json.Serialization;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>One silo in the table, as it is written. Immutable.</summary>
/// <param name="Address">The silo, as <see cref="SiloAddress.ToParsableString"/> writes it.</param>
/// <param name="Status">The silo's status.</param>
/// <param name="Changed">The table's version at the row's last change: the row's etag.</param>
internal sealed record MembershipRow(
    [property: JsonPropertyName("silo")] string Address,
    [property: JsonPropertyName("status"), JsonConverter(typeof(JsonStringEnumConverter<SiloStatus>))] SiloStatus Status,
    [property: JsonPropertyName("changed")] int Changed)
{
    [JsonPropertyName("name")] public string? SiloName { get; init; }

    [JsonPropertyName("host")] public string? HostName { get; init; }

    [JsonPropertyName("role")] public string? RoleName { get; init; }

    /// <summary>The name of the pod that the silo runs in; null outside a pod.</summary>
    [JsonPropertyName("pod")] public string? PodName { get; init; }

    /// <summary>The uid of that pod: a name is used again, a uid never.</summary>
    [JsonPropertyName("uid")] public string? PodUid { get; init; }

    [JsonPropertyName("gateway")] public int ProxyPort { get; init; }

    [JsonPropertyName("updateZone")] public int UpdateZone { get; init; }

    [JsonPropertyName("faultZone")] public int FaultZone { get; init; }

    [JsonPropertyName("started")] public DateTime StartTime { get; init; }

    [JsonPropertyName("alive")] public DateTime IAmAliveTime { get; init; }

    [JsonPropertyName("suspects")] public IReadOnlyList<Suspicion>? Suspicions { get; init; }

    /// <summary>Whether the silo is not declared dead.</summary>
    [JsonIgnore] public bool IsLive => Status != SiloStatus.Dead;

    /// <summary>The newest time in the row: of a heartbeat, the start, or a vote against the silo.</summary>
    [JsonIgnore]
    public DateTime LastUpdate
    {
        get
        {
            var last = StartTime > IAmAliveTime ? StartTime : IAmAliveTime;
            foreach (var suspicion in Suspicions ?? []) last = suspicion.Time > last ? suspicion.Time : last;
            return last;
        }
    }

    /// <summary>The row of an entry. The caller adds the pod, which Orleans does not know.</summary>
    public static MembershipRow Of(MembershipEntry entry, int version, string? podName, string? podUid) =>
        new(entry.SiloAddress.ToParsableString(), entry.Status, version)
        {
            SiloName = entry.SiloName,
            HostName = entry.HostName,
            RoleName = entry.RoleName,
            PodName = podName,
            PodUid = podUid,
            ProxyPort = entry.ProxyPort,
            UpdateZone = entry.UpdateZone,
            FaultZone = entry.FaultZone,
            StartTime = Utc(entry.StartTime),
            IAmAliveTime = Utc(entry.IAmAliveTime),
            Suspicions = entry.SuspectTimes?.Select(s => new Suspicion(s.Item1.ToParsableString(), Utc(s.Item2))).ToArray(),
        };

    /// <summary>A new entry for Orleans, which changes the entries that it gets.</summary>
    public MembershipEntry ToEntry() => new()
    {
        SiloAddress = SiloAddress.FromParsableString(Address),
        Status = Status,
        SiloName = SiloName!,
        HostName = HostName!,
        RoleName = RoleName,
        ProxyPort = ProxyPort,
        UpdateZone = UpdateZone,
        FaultZone = FaultZone,
        StartTime = StartTime,
        IAmAliveTime = IAmAliveTime,
        SuspectTimes = Suspicions?.Select(s => Tuple.Create(SiloAddress.FromParsableString(s.By), s.Time)).ToList(),
    };

    // Orleans' times are UTC, whatever their kind says.
    internal static DateTime Utc(DateTime time) =>
        time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
}

/// <summary>A vote that a silo is dead.</summary>
/// <param name="By">The silo that voted.</param>
/// <param name="Time">When, UTC.</param>
internal sealed record Suspicion([property: JsonPropertyName("by")] string By, [property: JsonPropertyName("at")] DateTime Time);
