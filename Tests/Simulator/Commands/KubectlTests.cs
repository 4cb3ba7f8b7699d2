using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Commands;

/// <summary>kubectl as its users know it, where there is one.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private const string Manifest = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec: {nodeName: n1, containers: [{name: a, image: b}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: shop}
        spec:
          selector: {matchLabels: {app: shop}}
          template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: a, image: b}]}}
        """;

    private readonly string? _kubectl = CommandLine.Find("kubectl");
    private readonly string _kubeconfig = Path.GetTempFileName();
    private ApiServerSimulator _simulator = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { GarbageCollection = true, Token = "t", Https = true }, RawClient.Cancellation);
        await _simulator.WriteKubeconfigAsync(_kubeconfig, RawClient.Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    [Fact]
    public async Task Get_ShowsObjectsOfOneAndAllNamespaces()
    {
        _simulator.Clusters.Generate(2, 8, 1);

        Assert.Contains("node-1", await KubectlAsync("get", "nodes"), StringComparison.Ordinal);
        Assert.Equal(16, (await KubectlAsync("get", "pods", "-A", "--no-headers")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("kube-proxy", await KubectlAsync("get", "ds", "-n", "kube-system", "-o", "yaml"), StringComparison.Ordinal);
        Assert.Contains("No resources found", await KubectlAsync("get", "cj", "-n", "default"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Label_Patch_Delete()
    {
        var created = await KubectlAsync(["create", "-f", "-"], Manifest);
        await KubectlAsync("label", "pod", "web", "tier=front");
        await KubectlAsync("annotate", "deployment", "shop", "note=yes");
        await KubectlAsync("patch", "pod", "web", "--type=merge", "-p", """{"metadata":{"labels":{"app":null}}}""");
        var pod = _simulator.Objects.Get(ResourceTypes.Pods, "default", "web")!;
        await KubectlAsync("delete", "pod", "web");
        await KubectlAsync("delete", "deployment", "shop");

        Assert.Contains("pod/web created", created, StringComparison.Ordinal);
        Assert.Contains("deployment.apps/shop created", created, StringComparison.Ordinal);
        Assert.Equal(["tier"], pod.Labels.Keys);
        Assert.Equal((0, 0), (_simulator.Objects.Count(ResourceTypes.Pods), _simulator.Objects.Count(ResourceTypes.Deployments)));
    }

    [Fact]
    public async Task Apply_CreatesThenChanges()
    {
        var first = await KubectlAsync(["apply", "-f", "-"], Manifest);
        var second = await KubectlAsync(["apply", "-f", "-"], Manifest.Replace("labels: {app: web}", "labels: {app: web2}", StringComparison.Ordinal));

        Assert.Contains("pod/web created", first, StringComparison.Ordinal);
        Assert.Contains("pod/web configured", second, StringComparison.Ordinal);
        Assert.Contains("deployment.apps/shop unchanged", second, StringComparison.Ordinal);
        Assert.Equal("web2", _simulator.Objects.Get(ResourceTypes.Pods, "default", "web")!.Labels["app"]);
    }

    [Fact]
    public async Task Get_Watching_ShowsEachChange()
    {
        Assert.SkipWhen(_kubectl is null, "there is no kubectl");
        _simulator.Objects.Create(ConfigMap("a"));
        using var watch = CommandLine.Start(_kubectl!, "--kubeconfig", _kubeconfig, "get", "configmaps", "-w", "--no-headers", "--output-watch-events");
        try
        {
            var first = await watch.StandardOutput.ReadLineAsync(RawClient.Cancellation);
            _simulator.Objects.Change(ConfigMap("a"), one => one.Labelled(("x", "1")));
            var second = await watch.StandardOutput.ReadLineAsync(RawClient.Cancellation);
            _simulator.Objects.Delete(ConfigMap("a"));
            var third = await watch.StandardOutput.ReadLineAsync(RawClient.Cancellation);

            Assert.Equal(["ADDED", "MODIFIED", "DELETED"], ((string?[])[first, second, third]).Select(line => line!.Split(' ')[0]));
        }
        finally
        {
            watch.Kill();
        }
    }

    [Fact]
    public async Task Namespace_Deleted_TakesItsContentAlong()
    {
        await KubectlAsync("create", "namespace", "shop");
        await KubectlAsync("-n", "shop", "create", "configmap", "c", "--from-literal=k=v");
        await KubectlAsync("delete", "namespace", "shop");

        Assert.Null(_simulator.Objects.Get(ResourceTypes.Namespaces, "", "shop"));
        Assert.Null(_simulator.Objects.Get(ResourceTypes.ConfigMaps, "shop", "c"));
    }

    private Task<string> KubectlAsync(params string[] arguments) => KubectlAsync(arguments, null);

    private async Task<string> KubectlAsync(string[] arguments, string? input)
    {
        Assert.SkipWhen(_kubectl is null, "there is no kubectl");
        var (code, output, errors) = await CommandLine.RunAsync(_kubectl!, input, ["--kubeconfig", _kubeconfig, .. arguments]);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {errors}{output}");
        return output + errors;
    }
}
