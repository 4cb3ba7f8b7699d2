using System.Globalization;
using MetaCollector.Simulator;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Lists;

/// <summary>Lists: pages, versions and selectors.</summary>
public sealed class ListTests
{
    [Fact]
    public async Task Pages_TogetherHoldEverythingOnce()
    {
        await using var simulator = await StartAsync(25);
        using var api = new ApiClient(simulator);
        var names = new List<string>();
        var first = await api.GetAsync(ApiClient.ConfigMaps + "?limit=10");
        for (var page = first; ; page = await api.GetAsync($"{ApiClient.ConfigMaps}?limit=10&continue={page.Continue}"))
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
        await using var simulator = await StartAsync(6);
        using var api = new ApiClient(simulator);
        simulator.Faults.BetweenPages("configmaps", () =>
        {
            simulator.Objects.Delete(ConfigMap(NameOf(4)));
            simulator.Objects.Create(ConfigMap(NameOf(4) + "-new"));
            simulator.Faults.BetweenPages("configmaps", null);
        });
        var first = await api.GetAsync(ApiClient.ConfigMaps + "?limit=3");
        var second = await api.GetAsync($"{ApiClient.ConfigMaps}?limit=3&continue={first.Continue}");
        var fresh = await api.GetAsync(ApiClient.ConfigMaps);

        Assert.Equal([NameOf(3), NameOf(4), NameOf(5)], second.Names);
        Assert.Equal(first.Version, second.Version);
        Assert.Contains(NameOf(4) + "-new", fresh.Names);
        Assert.DoesNotContain(NameOf(4), fresh.Names);
    }

    [Fact]
    public async Task Pages_AfterCompaction_ExpireAndOfferAnInconsistentRest()
    {
        await using var simulator = await StartAsync(6);
        using var api = new ApiClient(simulator);
        var first = await api.GetAsync(ApiClient.ConfigMaps + "?limit=3");
        simulator.Objects.Create(ConfigMap(NameOf(4) + "-new"));
        simulator.Compact();
        var expired = await api.GetAsync($"{ApiClient.ConfigMaps}?limit=3&continue={first.Continue}");
        var rest = await api.GetAsync($"{ApiClient.ConfigMaps}?continue={expired.Continue}");

        Assert.Equal((410, "Expired"), (expired.Code, expired.Reason));
        Assert.Contains("use the continue token in this response", expired.Message, StringComparison.Ordinal);
        Assert.Equal([NameOf(3), NameOf(4), NameOf(4) + "-new", NameOf(5)], rest.Names);
        Assert.NotEqual(first.Version, rest.Version);
    }

    [Fact]
    public async Task Pages_OfOneNamespaceOrSelection_HoldNothingElse()
    {
        await using var simulator = await StartAsync(4);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Namespace("default-b"));
        simulator.Objects.Create(ConfigMap("x").In("default-b"));
        simulator.Objects.Change(ConfigMap(NameOf(3)), one => one.Labelled(("only", "me")));
        var first = await api.GetAsync(ApiClient.ConfigMaps + "?limit=3");
        var second = await api.GetAsync($"{ApiClient.ConfigMaps}?limit=3&continue={first.Continue}");
        var selected = await api.GetAsync("/api/v1/configmaps?limit=1&labelSelector=only=me");

        Assert.Equal([NameOf(3)], second.Names);
        Assert.Null(second.Continue);
        Assert.Equal([NameOf(3)], selected.Names);
        Assert.Null(selected.Json.At("metadata", "remainingItemCount"));
    }

    [Fact]
    public async Task Limit_WithVersionZero_IsIgnored()
    {
        await using var simulator = await StartAsync(4);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync(ApiClient.ConfigMaps + "?limit=2&resourceVersion=0");

        Assert.Equal(4, answer.Names.Count);
        Assert.Null(answer.Continue);
    }

    [Fact]
    public async Task ExactVersion_ShowsThePast()
    {
        await using var simulator = await StartAsync(3);
        using var api = new ApiClient(simulator);
        var before = (await api.GetAsync(ApiClient.ConfigMaps)).Version;
        simulator.Objects.Delete(ConfigMap(NameOf(1)));
        simulator.Objects.Change(ConfigMap(NameOf(2)), one => one.Labelled(("new", "1")));
        var exact = await api.GetAsync($"{ApiClient.ConfigMaps}?resourceVersion={before}&resourceVersionMatch=Exact");
        var newer = await api.GetAsync($"{ApiClient.ConfigMaps}?resourceVersion={before}&resourceVersionMatch=NotOlderThan");

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
        await using var simulator = await StartAsync(1);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync($"{ApiClient.ConfigMaps}?{query}");

        Assert.Equal((code, reason), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Version_OfTheFuture_TimesOut()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync(ApiClient.ConfigMaps + "?resourceVersion=999999");

        Assert.Equal((504, "Timeout"), (answer.Code, answer.Reason));
        Assert.Equal($"Timeout: Too large resource version: 999999, current: {simulator.Objects.ResourceVersion}", answer.Message);
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
    [InlineData("fieldSelector=metadata.name!%3Da,metadata.namespace%3D%3Ddefault", "b,c,d")]
    [InlineData("fieldSelector=spec.nodeName%3Dn1", "a,c")]
    [InlineData("fieldSelector=spec.nodeName%3D", "d")]
    [InlineData("fieldSelector=status.phase%3DRunning", "b")]
    [InlineData("fieldSelector=spec.nodeName%3Dn1&labelSelector=app%3Dweb", "a")]
    public async Task Selectors_Choose(string query, string names)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Pod("a").On("n1").Labelled(("app", "web"), ("tier", "front")));
        simulator.Objects.Create(Pod("b").On("n2").Labelled(("app", "web")).WithIP("10.0.0.1"));
        simulator.Objects.Create(Pod("c").On("n1").Labelled(("app", "db")));
        simulator.Objects.Create(Pod("d"));

        Assert.Equal(names.Split(','), (await api.GetAsync($"{ApiClient.Pods}?{query}")).Names);
    }

    [Fact]
    public async Task Items_OfTypedLists_DoNotRepeatTheirType()
    {
        await using var simulator = await StartAsync(1);
        using var api = new ApiClient(simulator);
        var list = (await api.GetAsync(ApiClient.ConfigMaps)).Json;

        Assert.Equal(("ConfigMapList", "v1"), (list["kind"]!.Text, list["apiVersion"]!.Text));
        Assert.Null(list["items"]!.Items[0]["kind"]);
        Assert.Equal(NameOf(0), list["items"]!.Items[0].At("metadata", "name")!.Text);
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"map-{number:00}");

    private static async Task<ApiServerSimulator> StartAsync(int maps)
    {
        var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        for (var i = 0; i < maps; i++)
        {
            simulator.Objects.Create(ConfigMap(NameOf(i)));
        }

        return simulator;
    }
}
