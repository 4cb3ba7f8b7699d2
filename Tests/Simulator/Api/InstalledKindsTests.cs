using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Api;

/// <summary>Kinds that an installation brings: kept as they come, in JSON alone, as a real server keeps custom resources.</summary>
public sealed class InstalledKindsTests
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private static readonly ResourceType Roles = ResourceTypes.ByName("roles");
    private const string Rules = """[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]""";

    [Fact]
    public async Task Create_AnyOfThem_ComesBackWhole()
    {
        AnyServer.NeedsSimulator("takes kinds that are installed");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
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
        await using var server = await AnyServer.StartAsync();
        var roles = server.PathOf(Roles);
        var created = await server.Api.PostAsync(roles, $$$"""{"metadata":{"name":"a"},"rules":{{{Rules}}}}""");
        using var watch = await server.Api.WatchAsync(roles, $"resourceVersion={created.Version}");

        await server.Api.MergeAsync($"{roles}/a", """{"metadata":{"labels":{"x":"1"}}}""");

        var told = await watch.NextAsync();
        Assert.Equal("MODIFIED", told!.Type);
        Assert.Equal("1", told.Label("x"));
    }

    [Fact]
    public async Task Protobuf_OfTheWholeObject_IsRefused_OfItsMetadataServed()
    {
        AnyServer.NeedsSimulator("has kinds in JSON alone");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        await api.PostAsync(PathOf(Roles), $$$"""{"metadata":{"name":"a"},"rules":{{{Rules}}}}""");

        Assert.Equal(406, (await api.GetAsync($"{PathOf(Roles)}/a", Protobuf)).Code);
        Assert.Equal("application/json", (await api.GetAsync($"{PathOf(Roles)}/a", $"{Protobuf}, application/json")).ContentType);
        Assert.Equal(415, (await api.SendAsync("POST", PathOf(Roles), "k8s", Protobuf)).Code);
        var metadata = await api.GetAsync($"{PathOf(Roles)}/a", $"{Protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        Assert.Equal((200, Protobuf), (metadata.Code, metadata.ContentType));
    }

    [Fact]
    public async Task Names_OfRoles_MayHoldColons_OfOthersNot()
    {
        await using var server = await AnyServer.StartAsync();
        var roles = server.PathOf(Roles);
        Assert.Equal(201, (await server.Api.PostAsync(roles, """{"metadata":{"name":"system:Reader"}}""")).Code);
        Assert.Equal(422, (await server.Api.PostAsync(roles, """{"metadata":{"name":"a%b"}}""")).Code);
        Assert.Equal(422, (await server.Api.PostAsync(server.PathOf(ResourceTypes.ByName("serviceaccounts")), """{"metadata":{"name":"system:reader"}}""")).Code);
    }

    [Fact]
    public async Task Namespace_Deleted_TakesThemAlong()
    {
        await using var server = await AnyServer.StartAsync();
        var shop = await server.CreateAsync(Namespace($"shop-{Guid.NewGuid():n}"));
        await server.CreateAsync(New(Roles, "a").In(shop.Name));

        await server.DeleteAsync(shop);

        await Eventually.HoldsAsync(async () => (await server.Api.GetAsync(server.PathOf(shop))).Code == 404, "the namespace is gone");
        Assert.Empty((await server.Api.GetAsync(server.PathOf(Roles, shop.Name))).Names);
    }

    private static string PathOf(ResourceType type) =>
        (type.Group.Length == 0 ? "/api/v1" : $"/apis/{type.ApiVersion}") + (type.Namespaced ? "/namespaces/default/" : "/") + type.Plural;
}
