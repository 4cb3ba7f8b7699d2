using System.Text.Json.Nodes;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Tests.Clustering.Kubernetes.Fakes;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

/// <summary>What may happen to the object and to the API server while silos run.</summary>
public sealed class MembershipTableFaultTests
{
    private static readonly string Path = MembershipTables.Path();

    private readonly FakeApiServer _server = new();

    [Fact]
    public async Task ReadAll_ServerDown_ThrowsAndNeverReadsEmpty()
    {
        var table = MembershipTables.Table(_server);
        await table.AddAsync(MembershipTables.Entry());
        _server.IsDown = true;

        await Assert.ThrowsAsync<UnreachableException>(() => table.ReadAllAsync());
        await Assert.ThrowsAsync<UnreachableException>(() => table.HeartbeatAsync(MembershipTables.Entry()));

        _server.IsDown = false;
        Assert.Single((await table.ReadAllAsync()).Members);
    }

    [Fact]
    public async Task ReadAll_ServerSilent_ThrowsInTime()
    {
        var table = MembershipTables.Table(_server, options => options.RequestTimeout = TimeSpan.FromMilliseconds(50));
        _server.Before = _ => Task.Delay(Timeout.Infinite);

        await Assert.ThrowsAsync<TimeoutException>(() => table.ReadAllAsync());
    }

    [Fact]
    public async Task Initialize_ServerAwayForTenMinutes_WaitsForItAndSaysSoNowAndThen()
    {
        var time = new FakeTimeProvider();
        var log = new RecordingLogger<KubernetesMembershipTable>();
        var table = MembershipTables.Table(_server, time: time, log: log);
        _server.IsDown = true;

        var began = time.GetTimestamp();
        var starting = table.InitializeMembershipTableAsync(true);
        await Eventually.HoldsAsync(() => Pass() > TimeSpan.FromMinutes(10), "ten minutes have passed");

        Assert.False(starting.IsCompleted);
        Assert.InRange(log.Warnings.Count, 2, 21);
        Assert.All(log.Warnings, line => Assert.Contains("connection refused", line, StringComparison.Ordinal));
        _server.IsDown = false;
        await Eventually.HoldsAsync(() => Pass() > TimeSpan.Zero && starting.IsCompletedSuccessfully, "it starts");
        Assert.Empty((await table.ReadAllAsync()).Members);

        TimeSpan Pass()
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return time.GetElapsedTime(began);
        }
    }

    [Fact]
    public async Task Initialize_Cancelled_Ends()
    {
        _server.IsDown = true;
        using var stop = new CancellationTokenSource();

        var starting = MembershipTables.Table(_server).InitializeMembershipTableAsync(true, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact]
    public async Task UpdateRow_AnswerLost_IsThereAndIsNotDoneTwice()
    {
        var table = MembershipTables.Table(_server);
        var entry = await table.AddAsync(MembershipTables.Entry());
        var all = await table.ReadAllAsync();
        _server.After = request => request.Method == HttpMethod.Put ? throw new HttpRequestException("connection reset") : Task.CompletedTask;
        entry.Status = SiloStatus.Active;

        await Assert.ThrowsAsync<UnreachableException>(() => table.UpdateRowAsync(entry, all.TryGet(entry.SiloAddress)!.Item2, all.Version.Next()));
        _server.After = null;

        Assert.False(await table.UpdateRowAsync(entry, all.TryGet(entry.SiloAddress)!.Item2, all.Version.Next()));
        Assert.Equal(SiloStatus.Active, (await table.ReadAllAsync()).TryGet(entry.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task ReadAll_ObjectDeleted_PutsTheTableBackAsANewerOne()
    {
        var table = MembershipTables.Table(_server);
        var entry = await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var before = await table.ReadAllAsync();
        _server.Delete(Path);

        var after = await table.ReadAllAsync();

        Assert.Equal(entry.ToFullString(), Assert.Single(after.Members).Item1.ToFullString());
        Assert.True(after.Version.Version > before.Version.Version);
        Assert.NotNull(_server.Get(Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"cluster":"silos","epoch":"x","version":-1,"silos":[]}""")]
    [InlineData("""{"cluster":"silos","epoch":"x","version":9,"silos":[null]}""")]
    [InlineData("""{"cluster":"silos","epoch":"x","version":9,"silos":[{"silo":"nonsense","status":"Active","changed":1}]}""")]
    public async Task ReadAll_DataDestroyed_PutsTheTableBack(string text)
    {
        var table = MembershipTables.Table(_server);
        await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _server.Edit(Path, item => item["data"]![MembershipObject.TableKey] = text);

        Assert.Single((await table.ReadAllAsync()).Members);
        Assert.Single((await MembershipTables.Table(_server).ReadAllAsync()).Members);
    }

    [Fact]
    public async Task ReadAll_DataRemoved_PutsTheTableBackAndKeepsLabels()
    {
        var table = MembershipTables.Table(_server);
        await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _server.Edit(Path, item =>
        {
            item.Remove("data");
            item["metadata"]!["labels"]!["by"] = "hand";
        });

        Assert.Single((await table.ReadAllAsync()).Members);
        Assert.Equal("hand", (string?)_server.Get(Path)!["metadata"]!["labels"]!["by"]);
    }

    [Fact]
    public async Task ReadAll_RowRemovedByHand_PutsItBack()
    {
        var table = MembershipTables.Table(_server);
        var silos = new[] { await table.AddAsync(MembershipTables.Entry(SiloStatus.Active)), await table.AddAsync(MembershipTables.Entry(SiloStatus.Active)) };
        EditTable(json => json["silos"]!.AsArray().RemoveAt(0));

        var healed = await table.ReadAllAsync();

        Assert.All(silos, silo => Assert.NotNull(healed.TryGet(silo.SiloAddress)));
        Assert.Equal(3, healed.Version.Version);
    }

    [Fact]
    public async Task ReadAll_SiloDeclaredDeadByHand_StaysAlive()
    {
        var table = MembershipTables.Table(_server);
        var silo = await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        EditTable(json => json["silos"]![0]!["status"] = "Dead");

        Assert.Equal(SiloStatus.Active, (await table.ReadAllAsync()).TryGet(silo.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task ReadAll_DeletedAndPutBackByASiloThatKnewLess_LosesNobody()
    {
        var (first, second) = (MembershipTables.Table(_server), MembershipTables.Table(_server));
        await first.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        await second.ReadAllAsync();
        var late = await first.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var known = await first.ReadAllAsync();
        _server.Delete(Path);

        // It repeats the version that the other silo knows, with other rows.
        Assert.Single((await second.ReadAllAsync()).Members);
        await second.AddAsync(MembershipTables.Entry());

        var healed = await first.ReadAllAsync();
        Assert.Equal(3, healed.Members.Count);
        Assert.NotNull(healed.TryGet(late.SiloAddress));
        Assert.True(healed.Version.Version > known.Version.Version);
        Assert.Equal(healed.Version, (await second.ReadAllAsync()).Version);
    }

    [Fact]
    public async Task ReadAll_DeletedAndANewSiloStartedATable_JoinsBoth()
    {
        var running = MembershipTables.Table(_server);
        var old = await running.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _server.Delete(Path);
        var joiner = MembershipTables.Table(_server);
        var joined = await joiner.AddAsync(MembershipTables.Entry(SiloStatus.Joining));

        var healed = await running.ReadAllAsync();

        Assert.NotNull(healed.TryGet(old.SiloAddress));
        Assert.NotNull(healed.TryGet(joined.SiloAddress));
        Assert.True(healed.Version.Version > 1);
    }

    [Fact]
    public async Task ReadAll_DeathKnownToOneSiloOnly_SurvivesTheObject()
    {
        var (first, second) = (MembershipTables.Table(_server), MembershipTables.Table(_server));
        var victim = await first.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        await second.ReadAllAsync();
        await first.SetStatusAsync(victim, SiloStatus.Dead);
        _server.Delete(Path);
        await second.ReadAllAsync();

        Assert.Equal(SiloStatus.Dead, (await first.ReadAllAsync()).TryGet(victim.SiloAddress)!.Item1.Status);
        Assert.Equal(SiloStatus.Dead, (await second.ReadAllAsync()).TryGet(victim.SiloAddress)!.Item1.Status);
    }

    [Fact]
    public async Task ReadAll_OlderCopyRestored_NeverGoesBack()
    {
        var table = MembershipTables.Table(_server);
        await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        var copy = _server.Get(Path)!["data"]!.DeepClone();
        await table.AddAsync(MembershipTables.Entry(SiloStatus.Active));
        _server.Edit(Path, item => item["data"] = copy.DeepClone());

        var healed = await table.ReadAllAsync();

        Assert.Equal(2, healed.Members.Count);
        Assert.Equal(3, healed.Version.Version);
    }

    [Fact]
    public async Task ReadAll_EditedAndNobodyElseRuns_IsTakenOverAfterAWhile()
    {
        await MembershipTables.Table(_server).AddAsync(MembershipTables.Entry(SiloStatus.Active));
        EditTable(json => json["version"] = 7);

        var data = await MembershipTables.Table(_server).ReadAllAsync();

        Assert.Single(data.Members);
        Assert.Equal(8, data.Version.Version);
    }

    [Fact]
    public async Task ReadAll_TableOfAnotherCluster_IsRefused()
    {
        await MembershipTables.Table(_server).AddAsync(MembershipTables.Entry());
        var text = _server.Get(Path)!["data"]![MembershipObject.TableKey]!.ToString().Replace("\"silos\",\"epoch\"", "\"other\",\"epoch\"", StringComparison.Ordinal);
        _server.Edit(Path, item => item["data"] = new JsonObject { [MembershipObject.TableKey] = text, [MembershipObject.ChecksumKey] = MembershipJson.Checksum(text) });

        var refusal = await Assert.ThrowsAsync<MembershipTableException>(() => MembershipTables.Table(_server).InitializeMembershipTableAsync(true));

        Assert.Contains("'other'", refusal.Message, StringComparison.Ordinal);
    }

    private void EditTable(Action<JsonNode> edit) => _server.Edit(Path, item =>
    {
        var json = JsonNode.Parse((string)item["data"]![MembershipObject.TableKey]!)!;
        edit(json);
        item["data"]![MembershipObject.TableKey] = json.ToJsonString();
    });
}
