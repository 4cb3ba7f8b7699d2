using System.Text.Json.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>A release of the chart on a real API server, from helm install to helm uninstall.</summary>
public sealed class ChartReleaseTests
{
    [Fact]
    public async Task Release_InstalledUpgradedAndRemoved_KeepsWhatTheReplicasWroteAndLeavesNothing()
    {
        using var server = ApiServer.Connect();
        var scope = $"release-{Guid.NewGuid():N}"[..16];
        string[] where = ["--namespace", scope, "--kubeconfig", Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG")!];
        string[] chart = ["k8s-metacollector", Repository.PathOf(Helm.Chart), .. Helm.Example("default"), "--set", "clustering.tls.enabled=true,broker.tls.enabled=true"];
        try
        {
            Succeed(["install", .. chart, "--create-namespace", .. where]);
            var members = $"api/v1/namespaces/{scope}/configmaps/k8s-metacollector";
            var lease = $"apis/coordination.k8s.io/v1/namespaces/{scope}/leases/k8s-metacollector";
            var secret = $"api/v1/namespaces/{scope}/secrets/k8s-metacollector-silo-tls";
            await server.SendAsync(HttpMethod.Patch, members, new JsonObject { ["data"] = new JsonObject { ["membership.json"] = "rows" } });
            await server.SendAsync(HttpMethod.Patch, lease, new JsonObject { ["spec"] = new JsonObject { ["holderIdentity"] = "one", ["leaseTransitions"] = 7 } });
            var certificate = (string?)(await server.SendAsync(HttpMethod.Get, secret)).At("data", "tls.crt");

            // Labels of every object change, and the replicas' content does not; nor does it when the values are taken back.
            Succeed(["upgrade", .. chart, "--set", "commonLabels.team=security", .. where]);
            await AssertContentAsync("security");
            Succeed(["rollback", "k8s-metacollector", "1", .. where]);
            await AssertContentAsync(null);

            // Somebody deletes them, and the replicas make them anew: ours again with the next upgrade.
            await server.SendAsync(HttpMethod.Delete, members);
            await server.CreateAsync(new JsonObject
            {
                ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "k8s-metacollector", ["namespace"] = scope },
                ["data"] = new JsonObject { ["membership.json"] = "rows" },
            });
            Succeed(["upgrade", .. chart, "--set", "commonLabels.team=security", .. where]);
            await AssertContentAsync("security");

            Succeed(["uninstall", "k8s-metacollector", .. where]);
            foreach (var (group, kinds) in new[]
            {
                ("api/v1", "configmaps,secrets,services,serviceaccounts"), ("apis/apps/v1", "deployments"), ("apis/coordination.k8s.io/v1", "leases"),
                ("apis/policy/v1", "poddisruptionbudgets"), ("apis/networking.k8s.io/v1", "networkpolicies"), ("apis/rbac.authorization.k8s.io/v1", "roles,rolebindings"),
            })
            {
                foreach (var kind in kinds.Split(','))
                {
                    var left = (await server.SendAsync(HttpMethod.Get, $"{group}/namespaces/{scope}/{kind}"))["items"]!.AsArray()
                        .Select(item => (string?)item.At("metadata", "name")).Where(name => name is not ("kube-root-ca.crt" or "default"));
                    Assert.Empty(left);
                }
            }

            async Task AssertContentAsync(string? team)
            {
                var map = await server.SendAsync(HttpMethod.Get, members);
                Assert.Equal("rows", (string?)map.At("data", "membership.json"));
                Assert.Equal(team, (string?)map.At("metadata", "labels", "team"));
                Assert.Equal("k8s-metacollector", (string?)map.At("metadata", "labels", "app.kubernetes.io/instance"));
                var holder = await server.SendAsync(HttpMethod.Get, lease);
                Assert.Equal("one", (string?)holder.At("spec", "holderIdentity"));
                Assert.Equal(team, (string?)holder.At("metadata", "labels", "team"));
                Assert.Equal(certificate, (string?)(await server.SendAsync(HttpMethod.Get, secret)).At("data", "tls.crt"));
            }
        }
        finally
        {
            Helm.Run(["uninstall", "k8s-metacollector", "--ignore-not-found", .. where]);
            await server.SendAsync(HttpMethod.Delete, $"api/v1/namespaces/{scope}");
        }
    }

    private static void Succeed(params IEnumerable<string> arguments)
    {
        var (code, output, error) = Helm.Run(arguments);
        Assert.True(code == 0, output + error);
    }
}
