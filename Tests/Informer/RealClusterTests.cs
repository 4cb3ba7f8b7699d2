using System.Text.Json.Nodes;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Informer.Reading;
using Xunit;

namespace MetaCollector.Tests.Informer;

/// <summary>The same against a real API server, the one that <c>METACOLLECTOR_TEST_KUBECONFIG</c> names.</summary>
public sealed class RealClusterTests
{
    private readonly string? _kubeconfig = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG");

    [Fact]
    public async Task Readers_AgainstARealServer_FeedWhatIsCreatedChangedAndDeleted()
    {
        Assert.SkipUnless(File.Exists(_kubeconfig), "METACOLLECTOR_TEST_KUBECONFIG names no file");
        using var api = new ApiClient(_kubeconfig!);
        var scope = $"informer-{Guid.NewGuid():n}"[..24];
        await using var rig = await ReadingRig.OverCluster(_kubeconfig!).InSyncAsync();
        await rig.AllWatchingAsync();
        Assert.Contains(rig.Log.Lines, line => line.Contains("(stream)", StringComparison.Ordinal));
        try
        {
            await api.CreateAsync(Json($$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{scope}}}"}}"""));
            var service = await api.CreateAsync(Json($$$"""
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"{{{scope}}}"},
                 "spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}
                """));
            var pod = await CreatePodAsync(api, scope);
            var uid = Uid.Parse((string)pod["metadata"]!["uid"]!);
            await Eventually.HoldsAsync(() => rig.Fed.Everything().ContainsKey(uid), "the pod is fed");

            var fed = Assert.IsType<Pod>(rig.Fed.Everything()[uid]);
            Assert.Equal(("web-1", "node-of-nobody", scope, "app=web"), (fed.Name, fed.Node, fed.Namespace, fed.Labels.ToString()));
            await api.LabelAsync("Pod", scope, "web-1", ("tier", "front"));
            await api.SetPodIpAsync(scope, "web-1", "10.9.8.7");
            await Eventually.HoldsAsync(
                () => rig.Fed.Everything()[uid] is Pod { Ip: "10.9.8.7" } now && now.Labels.Find("tier") == "front", "the changes are fed");
            await Eventually.HoldsAsync(
                () => rig.Fed.Everything().ContainsKey(Uid.Parse((string)service["metadata"]!["uid"]!)), "the service is fed");

            await api.DeleteAsync("Pod", scope, "web-1");
            await Eventually.HoldsAsync(() => !rig.Fed.Everything().ContainsKey(uid), "the deletion is fed");
        }
        finally
        {
            await api.DeleteAsync("Namespace", null, scope);
        }

        Assert.Empty(rig.Log.Warnings);
    }

    private static async Task<JsonObject> CreatePodAsync(ApiClient api, string scope)
    {
        // The service account of a new namespace takes a moment to appear.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await api.CreateAsync(Json($$$"""
                    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"{{{scope}}}","labels":{"app":"web"}},
                     "spec":{"nodeName":"node-of-nobody","automountServiceAccountToken":false,"containers":[{"name":"c","image":"none"}]}}
                    """));
            }
            catch (InvalidOperationException) when (attempt < 50)
            {
                await Task.Delay(200, TestContext.Current.CancellationToken);
            }
        }
    }

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
