using System.Globalization;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Lists;

/// <summary>Lists: pages, versions and selectors.</summary>
public sealed class ListTests
{
    [Fact]
    public async Task Pages_TogetherHoldEverythingOnce()
    {
        await using var server = await StartAsync(25);
        var names = new List<string>();
        var first = await server.Api.GetAsync(server.Leases + "?limit=10");
        for (var page = first; ; page = await server.Api.GetAsync($"{server.Leases}?limit=10&continue={page.Continue}"))
        {
            Assert.Equal(first.Version, page.Version);
            names.AddRange(page.Names);
            if (page.Continue is null)
            {
                break;
            }

            Assert.Equal((25 - names.Count).ToString(CultureInfo.InvariantCulture), page.Json.At("metadata", "remainingItemCount")!.ToString());
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(NameOf), names);
    }

    [Fact]
    public async Task Pages_WhileObjectsChange_AreThoseOfTheFirstMoment()
    {
        await using var server = await StartAsync(6);
        var first = await server.Api.GetAsync(server.Leases + "?limit=3");
        await server.DeleteAsync(Lease(NameOf(4)));
        await server.CreateAsync(Lease(NameOf(4) + "-new"));
        var second = await server.Api.GetAsync($"{server.Leases}?limit=3&continue={first.Continue}");
        var fresh = await server.Api.GetAsync(server.Leases);

        Assert.Equal([NameOf(3), NameOf(4), NameOf(5)], second.Names);
        Assert.Equal(first.Version, second.Version);
        Assert.Contains(NameOf(4) + "-new", fresh.Names);
        Assert.DoesNotContain(NameOf(4), fresh.Names);
    }

    [Fact]
    public async Task Pages_AfterCompaction_ExpireAndOfferAnInconsistentRest()
    {
        AnyServer.NeedsSimulator("forgets its history when it is told to");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Objects.Create(Enumerable.Range(0, 6).Select(i => ConfigMap(NameOf(i))));
        var first = await api.GetAsync(RawClient.ConfigMaps + "?limit=3");
        simulator.Objects.Create(ConfigMap(NameOf(4) + "-new"));
        simulator.Compact();
        var expired = await api.GetAsync($"{RawClient.ConfigMaps}?limit=3&continue={first.Continue}");
        var rest = await api.GetAsync($"{RawClient.ConfigMaps}?continue={expired.Continue}");

        Assert.Equal((410, "Expired"), (expired.Code, expired.Reason));
        Assert.Contains("use the continue token in this response", expired.Message, StringComparison.Ordinal);
        Assert.Equal([NameOf(3), NameOf(4), NameOf(4) + "-new", NameOf(5)], rest.Names);
        Assert.NotEqual(first.Version, rest.Version);
    }

    [Fact]
    public async Task Pages_OfOneNamespaceOrSelection_HoldNothingElse()
    {
        await using var server = await StartAsync(4);
        var other = await server.CreateAsync(Namespace(server.Namespace + "-b"));
        await server.CreateAsync(Lease("x").In(other.Name));
        await server.ChangeAsync(Lease(NameOf(3)), one => one.Labelled(("only", server.Namespace)));
        var first = await server.Api.GetAsync(server.Leases + "?limit=3");
        var second = await server.Api.GetAsync($"{server.Leases}?limit=3&continue={first.Continue}");
        var selected = await server.Api.GetAsync($"/apis/coordination.k8s.io/v1/leases?limit=1&labelSelector=only={server.Namespace}");

        Assert.Equal([NameOf(3)], second.Names);
        Assert.Null(second.Continue);
        Assert.Equal([NameOf(3)], selected.Names);
        Assert.Null(selected.Json.At("metadata", "remainingItemCount"));
    }

    [Fact]
    public async Task Limit_WithVersionZero_IsIgnored()
    {
        await using var server = await StartAsync(4);
        var answer = await server.Api.GetAsync(server.Leases + "?limit=2&resourceVersion=0");

        Assert.Equal(4, answer.Names.Count);
        Assert.Null(answer.Continue);
    }

    [Fact]
    public async Task ExactVersion_ShowsThePast()
    {
        await using var server = await StartAsync(3);
        var before = (await server.Api.GetAsync(server.Leases)).Version;
        await server.DeleteAsync(Lease(NameOf(1)));
        await server.ChangeAsync(Lease(NameOf(2)), one => one.Labelled(("new", "1")));
        var exact = await server.Api.GetAsync($"{server.Leases}?resourceVersion={before}&resourceVersionMatch=Exact");
        var newer = await server.Api.GetAsync($"{server.Leases}?resourceVersion={before}&resourceVersionMatch=NotOlderThan");

        Assert.Equal((3, before), (exact.Names.Count, exact.Version));
        Assert.Null(exact.Json["items"]!.Items[2].At("metadata", "labels"));
        Assert.Equal(2, newer.Names.Count);
    }

    [Theory]
    [InlineData("resourceVersion=abc", 400, "BadRequest")]
    [InlineData("resourceVersionMatch=Exact", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Nearly&resourceVersion=1", 422, "Invalid")]
    [InlineData("sendInitialEvents=true", 422, "Invalid")]
    [InlineData("continue=abc", 400, "BadRequest")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Exact", 410, "Expired")]
    [InlineData("resourceVersion=1&limit=1", 410, "Expired")]
    [InlineData("labelSelector=a+b", 400, "BadRequest")]
    [InlineData("labelSelector=a%3Db(", 400, "BadRequest")]
    [InlineData("labelSelector=a+in+b", 400, "BadRequest")]
    [InlineData("labelSelector=a,,b", 400, "BadRequest")]
    [InlineData("fieldSelector=spec.x%3D1", 400, "BadRequest")]
    [InlineData("fieldSelector=metadata.name", 400, "BadRequest")]
    public async Task Query_ThatIsWrong_IsRefused(string query, int code, string reason)
    {
        await using var server = await StartAsync(1);
        var answer = await server.Api.GetAsync($"{server.Leases}?{query}");
        AnyServer.NeedsHistoryForgotten(isKnown: code == 410 && answer.Code == 200);

        Assert.Equal((code, reason), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Version_OfTheFuture_TimesOut()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) });
        var future = await server.VersionAsync() + 1_000_000;
        var answer = await server.Api.GetAsync($"{server.Leases}?resourceVersion={future}");

        Assert.Equal((504, "Timeout"), (answer.Code, answer.Reason));
        Assert.StartsWith($"Timeout: Too large resource version: {future}, current: ", answer.Message, StringComparison.Ordinal);
        Assert.Equal("ResourceVersionTooLarge", answer.Json.At("details", "causes")!.Items[0]["reason"]!.Text);
    }

    [Theory]
    [InlineData("labelSelector=app%3Dweb", "a,b")]
    [InlineData("labelSelector=app%3D%3Dweb,tier%3Dfront", "a")]
    [InlineData("labelSelector=app!%3Dweb", "c,d")]
    [InlineData("labelSelector=app+in+(web,db)", "a,b,c")]
    [InlineData("labelSelector=app+notin+(web,+db)", "d")]
    [InlineData("labelSelector=app", "a,b,c")]
    [InlineData("labelSelector=!app", "d")]
    [InlineData("labelSelector=tier,app+in+(web)", "a")]
    [InlineData("fieldSelector=metadata.name%3Da", "a")]
    [InlineData("fieldSelector=metadata.name!%3Da,metadata.namespace%3D%3DNAMESPACE", "b,c,d")]
    [InlineData("fieldSelector=spec.nodeName%3Dn1", "a,c")]
    [InlineData("fieldSelector=spec.nodeName%3D", "d")]
    [InlineData("fieldSelector=status.phase%3DRunning", "b")]
    [InlineData("fieldSelector=spec.nodeName%3Dn1&labelSelector=app%3Dweb", "a")]
    public async Task Selectors_Choose(string query, string names)
    {
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(Pod("a").On("n1").Labelled(("app", "web"), ("tier", "front")));
        await server.CreateAsync(Pod("b").On("n2").Labelled(("app", "web")).WithIP("10.0.0.1"));
        await server.CreateAsync(Pod("c").On("n1").Labelled(("app", "db")));
        await server.CreateAsync(Pod("d").Unscheduled());
        query = query.Replace("NAMESPACE", server.Namespace, StringComparison.Ordinal);

        Assert.Equal(names.Split(','), (await server.Api.GetAsync($"{server.Pods}?{query}")).Names);
    }

    [Fact]
    public async Task Items_OfTypedLists_DoNotRepeatTheirType()
    {
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(ConfigMap(NameOf(0)));
        var list = (await server.Api.GetAsync(server.ConfigMaps + "?fieldSelector=metadata.name=" + NameOf(0))).Json;

        Assert.Equal(("ConfigMapList", "v1"), (list["kind"]!.Text, list["apiVersion"]!.Text));
        Assert.Null(list["items"]!.Items[0]["kind"]);
        Assert.Equal(NameOf(0), list["items"]!.Items[0].At("metadata", "name")!.Text);
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"lease-{number:00}");

    private static async Task<AnyServer> StartAsync(int leases)
    {
        var server = await AnyServer.StartAsync();
        for (var i = 0; i < leases; i++)
        {
            await server.CreateAsync(Lease(NameOf(i)));
        }

        return server;
    }
}
