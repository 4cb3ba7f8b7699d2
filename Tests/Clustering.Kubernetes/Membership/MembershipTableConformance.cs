using MetaCollector.Clustering.Kubernetes.Membership;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

/// <summary>What Orleans asks of a membership table: its own conformance cases, and the races behind them.</summary>
public abstract class MembershipTableConformance : IAsyncLifetime
{
    private KubernetesMembershipTable? _table;

    private protected KubernetesMembershipTable Table => _table!;

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        _table = Create();
        await Table.InitializeMembershipTableAsync(true);
    }

    public virtual async ValueTask DisposeAsync()
    {
        // Null where the test was skipped.
        GC.SuppressFinalize(this);
        if (_table is not null) await _table.DeleteMembershipTableEntriesAsync(MembershipTables.Cluster);
    }

    private protected abstract KubernetesMembershipTable Create();

    private protected virtual ValueTask StartAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task ReadAll_NewTable_IsEmptyAtVersionZero()
    {
        var data = await Table.ReadAllAsync();

        Assert.Empty(data.Members);
        Assert.Equal(0, data.Version.Version);
        Assert.False(string.IsNullOrEmpty(data.Version.VersionEtag));
    }

    [Fact]
    public async Task InsertRow_CurrentVersion_AddsRowAndCountsVersion()
    {
        var entry = MembershipTables.Entry();
        entry.SuspectTimes = [Tuple.Create(MembershipTables.Silo(), DateTime.UtcNow)];
        var before = (await Table.ReadAllAsync()).Version;

        Assert.True(await Table.InsertRowAsync(entry, before.Next()));

        var data = await Table.ReadAllAsync();
        Assert.Equal(1, data.Version.Version);
        Assert.NotEqual(before.VersionEtag, data.Version.VersionEtag);
        var (read, etag) = Assert.Single(data.Members);
        Assert.Equal(entry.ToFullString(), read.ToFullString());
        Assert.False(string.IsNullOrEmpty(etag));
    }

    [Fact]
    public async Task InsertRow_OldVersionOrKnownSilo_IsRefused()
    {
        var entry = MembershipTables.Entry();
        var old = (await Table.ReadAllAsync()).Version.Next();
        Assert.True(await Table.InsertRowAsync(entry, old));

        Assert.False(await Table.InsertRowAsync(entry, old));
        Assert.False(await Table.InsertRowAsync(MembershipTables.Entry(), old));
        Assert.False(await Table.InsertRowAsync(entry, (await Table.ReadAllAsync()).Version.Next()));
        Assert.Equal(1, (await Table.ReadAllAsync()).Version.Version);
    }

    [Fact]
    public async Task ReadRow_KnownSilo_ReadsRowAndVersion()
    {
        var entry = await Table.AddAsync(MembershipTables.Entry());
        await Table.AddAsync(MembershipTables.Entry());

        var data = await Table.ReadRowAsync(entry.SiloAddress);

        Assert.Equal(entry.ToFullString(), Assert.Single(data.Members).Item1.ToFullString());
        Assert.Equal((await Table.ReadAllAsync()).Version, data.Version);
    }

    [Fact]
    public async Task ReadRow_UnknownSilo_ReadsVersionAlone()
    {
        await Table.AddAsync(MembershipTables.Entry());

        var data = await Table.ReadRowAsync(MembershipTables.Silo());

        Assert.Empty(data.Members);
        Assert.Equal(1, data.Version.Version);
    }

    [Fact]
    public async Task UpdateRow_CurrentEtags_ReplacesRowAndChangesEtags()
    {
        for (var i = 1; i < 5; i++)
        {
            var entry = await Table.AddAsync(MembershipTables.Entry());
            var inserted = await Table.ReadAllAsync();
            var etag = inserted.TryGet(entry.SiloAddress)!.Item2;
            entry.Status = SiloStatus.Active;
            entry.SuspectTimes = [Tuple.Create(MembershipTables.Silo(), DateTime.UtcNow.AddSeconds(1))];

            Assert.True(await Table.UpdateRowAsync(entry, etag, inserted.Version.Next()));

            var updated = await Table.ReadAllAsync();
            var row = updated.TryGet(entry.SiloAddress)!;
            Assert.Equal(entry.ToFullString(), row.Item1.ToFullString());
            Assert.NotEqual(etag, row.Item2);
            Assert.Equal(inserted.Version.Version + 1, updated.Version.Version);
            Assert.Equal(i, updated.Members.Count);
        }
    }

    [Fact]
    public async Task UpdateRow_OldEtagOrVersionOrUnknownSilo_IsRefused()
    {
        var entry = await Table.AddAsync(MembershipTables.Entry());
        var first = await Table.ReadAllAsync();
        var firstEtag = first.TryGet(entry.SiloAddress)!.Item2;
        Assert.True(await Table.UpdateRowAsync(entry, firstEtag, first.Version.Next()));
        var second = await Table.ReadAllAsync();
        var secondEtag = second.TryGet(entry.SiloAddress)!.Item2;

        Assert.False(await Table.UpdateRowAsync(entry, firstEtag, first.Version.Next()));
        Assert.False(await Table.UpdateRowAsync(entry, secondEtag, first.Version.Next()));
        Assert.False(await Table.UpdateRowAsync(entry, firstEtag, second.Version.Next()));
        Assert.False(await Table.UpdateRowAsync(MembershipTables.Entry(), secondEtag, second.Version.Next()));

        var last = await Table.ReadAllAsync();
        Assert.Equal(second.Version, last.Version);
        Assert.Equal(secondEtag, last.TryGet(entry.SiloAddress)!.Item2);
    }

    [Fact]
    public async Task Rows_WrittenInParallel_OneInsertWinsAndEveryUpdateCounts()
    {
        var entry = MembershipTables.Entry();
        var version = (await Table.ReadAllAsync()).Version.Next();
        var others = Enumerable.Range(0, 4).Select(_ => Create()).ToArray();

        var inserts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => others[i % 4].InsertRowAsync(entry, version)));
        Assert.Single(inserts, won => won);

        await Task.WhenAll(Enumerable.Range(0, 19).Select(async i =>
        {
            var table = others[i % 4];
            while (true)
            {
                var all = await table.ReadAllAsync();
                var row = all.TryGet(entry.SiloAddress)!;
                if (await table.UpdateRowAsync(row.Item1, row.Item2, all.Version.Next())) return;
            }
        }));

        var last = await Table.ReadAllAsync();
        Assert.Equal(20, last.Version.Version);
        Assert.Single(last.Members);
    }

    [Fact]
    public async Task InsertRow_WhileHeartbeatsRace_IsNeverRefused()
    {
        var alive = await Table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var beating = true;
        var other = Create();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var beats = Task.Run(async () =>
        {
            while (Volatile.Read(ref beating))
            {
                await other.HeartbeatAsync(alive);
                first.TrySetResult();
            }
        });

        await Task.WhenAny(first.Task, beats);
        for (var i = 0; i < 10; i++) await Table.AddAsync(MembershipTables.Entry());

        Volatile.Write(ref beating, false);
        await beats;
        Assert.Equal(11, (await Table.ReadAllAsync()).Version.Version);
    }

    [Fact]
    public async Task Heartbeat_KnownSilo_ChangesHeartbeatAlone()
    {
        var entry = await Table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var before = await Table.ReadAllAsync();
        var time = DateTime.UtcNow.AddSeconds(5);

        // Orleans gives an entry with nothing but these two.
        await Table.HeartbeatAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = time });

        var after = await Table.ReadAllAsync();
        entry.IAmAliveTime = time;
        Assert.Equal(entry.ToFullString(), Assert.Single(after.Members).Item1.ToFullString());
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_OldRows_RemovesAllThatAreNotActive()
    {
        var kept = await Table.AddAsync(MembershipTables.Entry(SiloStatus.Joining));
        foreach (var status in Enum.GetValues<SiloStatus>()) await Table.AddAsync(MembershipTables.Entry(status, TimeSpan.FromDays(10)));

        await Table.CleanupDefunctSiloEntriesAsync(DateTimeOffset.UtcNow.AddDays(-7));

        var left = await Table.ReadAllAsync();
        Assert.Equal(2, left.Members.Count);
        Assert.Contains(left.Members, row => row.Item1.Status == SiloStatus.Active);
        Assert.NotNull(left.TryGet(kept.SiloAddress));
    }

    [Fact]
    public async Task GetGateways_MixedSilos_GivesActiveOnesWithGatewayPort()
    {
        await Table.AddAsync(MembershipTables.Entry(SiloStatus.Joining));
        await Table.AddAsync(MembershipTables.Entry(SiloStatus.Dead));
        var gateless = MembershipTables.Entry(SiloStatus.Active);
        gateless.ProxyPort = 0;
        await Table.AddAsync(gateless);
        var gateway = await Table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var provider = new KubernetesGatewayListProvider(Create());
        await provider.InitializeGatewayListProvider();

        var uri = Assert.Single(await provider.GetGateways());

        Assert.Equal(new(gateway.SiloAddress.Endpoint.Address, 30000), uri.ToGatewayAddress()!.Endpoint);
    }

    [Fact]
    public async Task DeleteMembershipTableEntries_OwnCluster_LeavesEmptyTable()
    {
        await Table.AddAsync(MembershipTables.Entry());

        await Table.DeleteMembershipTableEntriesAsync("other");
        Assert.Single((await Table.ReadAllAsync()).Members);
        await Table.DeleteMembershipTableEntriesAsync(MembershipTables.Cluster);

        var data = await Table.ReadAllAsync();
        Assert.Empty(data.Members);
        Assert.Equal(0, data.Version.Version);
    }
}
