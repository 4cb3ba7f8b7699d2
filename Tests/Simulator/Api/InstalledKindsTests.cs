using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using Xunit;

namespace MetaCollector.Tests.Simulator.Api;

/// <summary>Kinds that an installation brings: kept as they come, in JSON alone, as a real server keeps custom resources.</summary>
public sealed class InstalledKindsTests
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const string Roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    private const string Rules = """[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]""";

    [Fact]
    public async Task Create_AnyOfThem_ComesBackWhole()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        foreach (var type in ResourceTypes.Installed)
        {
            var path = PathOf(type);
            Assert.Equal(201, (await api.PostAsync(path, """{"metadata":{"name":"a","labels":{"x":"1"}},"spec":{"some":[{"field":true}]}}""")).Code);
            var read = (await api.GetAsync($"{path}/a")).Json;
            Assert.Equal((type.Kind, type.ApiVersion), (read["kind"]!.Text, read["apiVersion"]!.Text));
            Assert.Equal("""[{"field":true}]""", read.At("spec", "some")!.ToString());
            Assert.Equal(["a"], (await api.GetAsync(path)).Names);
            Assert.Equal(409, (await api.PostAsync(path, """{"metadata":{"name":"a"}}""")).Code);
        }
    }

    [Fact]
    public async Task Watch_Changed_TellsIt()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var created = await api.PostAsync(Roles, $$$"""{"metadata":{"name":"a"},"rules":{{{Rules}}}}""");
        using var watch = await api.WatchAsync(Roles, $"resourceVersion={created.Version}");

        await api.MergeAsync($"{Roles}/a", """{"rules":[]}""");

        var told = await watch.NextAsync();
        Assert.Equal("MODIFIED", told!.Type);
        Assert.Equal("[]", told.Object["rules"]!.ToString());
    }

    [Fact]
    public async Task Protobuf_OfTheWholeObject_IsRefused_OfItsMetadataServed()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        await api.PostAsync(Roles, $$$"""{"metadata":{"name":"a"},"rules":{{{Rules}}}}""");

        Assert.Equal(406, (await api.GetAsync($"{Roles}/a", Protobuf)).Code);
        Assert.Equal("application/json", (await api.GetAsync($"{Roles}/a", $"{Protobuf}, application/json")).ContentType);
        Assert.Equal(415, (await api.SendAsync("POST", Roles, "k8s", Protobuf)).Code);
        var metadata = await api.GetAsync($"{Roles}/a", $"{Protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        Assert.Equal((200, Protobuf), (metadata.Code, metadata.ContentType));
    }

    [Fact]
    public async Task Names_OfRoles_MayHoldColons_OfOthersNot()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        Assert.Equal(201, (await api.PostAsync(Roles, """{"metadata":{"name":"system:Reader"}}""")).Code);
        Assert.Equal(422, (await api.PostAsync(Roles, """{"metadata":{"name":"a%b"}}""")).Code);
        Assert.Equal(422, (await api.PostAsync("/api/v1/namespaces/default/serviceaccounts", """{"metadata":{"name":"system:reader"}}""")).Code);
    }

    [Fact]
    public async Task Namespace_Deleted_TakesThemAlong()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        await api.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"shop"}}""");
        var roles = Roles.Replace("default", "shop", StringComparison.Ordinal);
        await api.PostAsync(roles, """{"metadata":{"name":"a"}}""");

        await api.SendAsync("DELETE", "/api/v1/namespaces/shop");

        while ((await api.GetAsync("/api/v1/namespaces/shop")).Code != 404) await Task.Delay(10, ApiClient.Cancellation);
        Assert.Empty((await api.GetAsync(roles)).Names);
    }

    private static string PathOf(ResourceType type) =>
        (type.Group.Length == 0 ? "/api/v1" : $"/apis/{type.ApiVersion}") + (type.Namespaced ? "/namespaces/default/" : "/") + type.Plural;
}
