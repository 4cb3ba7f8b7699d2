using System.Diagnostics.Metrics;
using System.Net;
using MetaCollector.ApiServer;
using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Tests.Clustering.Kubernetes.Fakes;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

/// <summary>Tables and entries for tests.</summary>
internal static class MembershipTables
{
    public const string Cluster = "silos";
    public const string Namespace = "collector";

    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    private static int _generation;

    public static string Path(string name = "membership") => $"/api/v1/namespaces/{Namespace}/configmaps/{name}";

    /// <summary>The table as another silo would have it: with a memory of its own.</summary>
    public static KubernetesMembershipTable Table(
        FakeApiServer server, Action<KubernetesClusteringOptions>? configure = null, TimeProvider? time = null, ILogger<KubernetesMembershipTable>? log = null) =>
        Table(server.Access(), Namespace, "membership", configure, time, log);

    public static KubernetesMembershipTable Table(
        ApiServerAccess access, string @namespace, string name, Action<KubernetesClusteringOptions>? configure = null, TimeProvider? time = null,
        ILogger<KubernetesMembershipTable>? log = null)
    {
        var options = new KubernetesClusteringOptions { Namespace = @namespace, Name = name, RepairPatience = TimeSpan.Zero };
        configure?.Invoke(options);
        return new(
            access.Connect(options.RequestTimeout), Options.Create(options), Options.Create(new ClusterOptions { ClusterId = Cluster }),
            new MembershipInstruments(Meters), time ?? TimeProvider.System, log ?? NullLogger<KubernetesMembershipTable>.Instance);
    }

    /// <summary>The table as the silo at <paramref name="silo"/> uses it, with a clock of its own.</summary>
    public static SiloMembershipTable SiloTable(
        FakeApiServer server, SiloAddress silo, TimeProvider time, ClusterMembershipOptions? membership = null, ILogger<SiloMembershipTable>? log = null,
        Action<KubernetesClusteringOptions>? configure = null)
    {
        var options = new KubernetesClusteringOptions();
        configure?.Invoke(options);
        return new(
            Table(server, configure, time), Options.Create(options), Options.Create(membership ?? new()), new LocalSilo(silo), time,
            log ?? NullLogger<SiloMembershipTable>.Instance);
    }

    public static SiloAddress Silo() => SiloAddress.New(IPAddress.Loopback, 12345, Interlocked.Increment(ref _generation));

    public static MembershipEntry Entry(SiloStatus status = SiloStatus.Joining, TimeSpan age = default)
    {
        var silo = Silo();
        var time = DateTime.UtcNow - age;
        return new()
        {
            SiloAddress = silo, HostName = "host", SiloName = "silo", RoleName = "role", Status = status, ProxyPort = 30000, UpdateZone = 1, FaultZone = 2,
            StartTime = time, IAmAliveTime = time,
        };
    }

    /// <summary>Inserts a row, whatever the version.</summary>
    public static Task<MembershipEntry> AddAsync(this KubernetesMembershipTable table, MembershipEntry entry) =>
        AddAsync(entry, () => table.ReadAllAsync(), version => table.InsertRowAsync(entry, version));

    /// <inheritdoc cref="AddAsync(KubernetesMembershipTable, MembershipEntry)"/>
    public static Task<MembershipEntry> AddAsync(this IMembershipTable table, MembershipEntry entry) =>
        AddAsync(entry, () => table.ReadAllAsync(), version => table.InsertRowAsync(entry, version));

    public static Task SetStatusAsync(this KubernetesMembershipTable table, MembershipEntry entry, SiloStatus status) =>
        SetStatusAsync(entry, status, () => table.ReadAllAsync(), (etag, version) => table.UpdateRowAsync(entry, etag, version));

    public static Task SetStatusAsync(this IMembershipTable table, MembershipEntry entry, SiloStatus status) =>
        SetStatusAsync(entry, status, () => table.ReadAllAsync(), (etag, version) => table.UpdateRowAsync(entry, etag, version));

    /// <summary>Writes a heartbeat, and drops no row.</summary>
    public static Task HeartbeatAsync(this KubernetesMembershipTable table, MembershipEntry entry) =>
        table.HeartbeatAsync(entry, static _ => false, CancellationToken.None);

    private static async Task<MembershipEntry> AddAsync(MembershipEntry entry, Func<Task<MembershipTableData>> read, Func<TableVersion, Task<bool>> insert)
    {
        Assert.True(await insert((await read()).Version.Next()));
        return entry;
    }

    private static async Task SetStatusAsync(
        MembershipEntry entry, SiloStatus status, Func<Task<MembershipTableData>> read, Func<string, TableVersion, Task<bool>> update)
    {
        var all = await read();
        entry.Status = status;
        Assert.True(await update(all.TryGet(entry.SiloAddress)!.Item2, all.Version.Next()));
    }
}
