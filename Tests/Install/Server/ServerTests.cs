using System.Text.Json.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>A real API server takes what the chart renders, and grants what it says.</summary>
public sealed class ServerTests
{
    [Theory]
    [MemberData(nameof(RenderedChartTests.Examples), MemberType = typeof(RenderedChartTests))]
    public async Task Example_Rendered_IsTakenWithoutAComplaint(string example)
    {
        using var server = ApiServer.Connect();
        foreach (var item in Helm.Template(Helm.Example(example)))
        {
            // Kinds of an operator are known to a server on which it is installed.
            if (!await server.ServesAsync((string)item["apiVersion"]!)) continue;
            // A namespace that is there: nothing is stored.
            if (item.At("metadata", "namespace") is not null) item["metadata"]!["namespace"] = "default";
            await server.CreateAsync(item, dryRun: true);
        }
    }

    [Fact]
    public async Task Account_OfTheManifest_MayDoThisAndNothingElse()
    {
        using var server = ApiServer.Connect();
        await using var installation = await Installation.ApplyAsync(server, "Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding");
        var name = installation.Name;
        using var account = server.As(await server.TokenAsync(name, name));
        using var nobody = server.As(await server.TokenAsync(name, "default"));

        var granted = (await RightsAsync(account, name)).Except(await RightsAsync(nobody, name));

        string[] everywhere =
        [
            "/namespaces", "/pods", "/replicationcontrollers", "/services", "apps/daemonsets", "apps/deployments", "apps/replicasets",
            "discovery.k8s.io/endpointslices",
        ];
        string[] named = [$"/configmaps/{name}", $"coordination.k8s.io/leases/{name}"];
        Assert.Equal(
        [
            .. everywhere.SelectMany(resource => (string[])[$"list {resource}", $"watch {resource}"])
                .Concat(named.SelectMany(item => (string[])[$"get {item}", $"update {item}"]))
                .Append("create /configmaps").Append("create coordination.k8s.io/leases").Order(StringComparer.Ordinal),
        ], granted.Order(StringComparer.Ordinal));
    }

    private static async Task<HashSet<string>> RightsAsync(ApiServer server, string @namespace)
    {
        var review = await server.SendAsync(HttpMethod.Post, "apis/authorization.k8s.io/v1/selfsubjectrulesreviews", new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectRulesReview", ["spec"] = new JsonObject { ["namespace"] = @namespace },
        }, "application/json");
        var rules = review.At("status", "resourceRules")!.AsArray().Select(rule => rule!.DeepClone());
        var role = new JsonObject { ["kind"] = "Role", ["rules"] = new JsonArray([.. rules]) };
        return [.. ((JsonObject[])[role]).Rights("Role")];
    }
}
