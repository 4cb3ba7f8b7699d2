using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>
/// Three replicas, as processes of their own, while everything is replaced by which they and the API server know each other: authority,
/// serving certificate, client certificate and token, in place, with changes going on.
/// </summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private const string Namespace = "default";
    private const string Name = "metacollector";

    private static readonly string[] Nodes = ["node-0", "node-1", "node-2"];

    private readonly string _folder = Directory.CreateTempSubdirectory("renewal-").FullName;
    private readonly List<CollectorProcess> _replicas = [];
    private readonly List<Subscriber> _subscribers = [];
    private ApiServerSimulator _simulator = null!;
    private FrontEnd _front = null!;
    private Authority _authority = new("cluster-ca");
    private Authority _clients = new("client-ca");
    private X509Certificate2 _serving = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "first", BookmarkInterval = TimeSpan.FromSeconds(1) });
        _simulator.Clusters.Generate(Nodes.Length, 15, namespaces: 3);
        _serving = _authority.Serving("127.0.0.1");
        _front = FrontEnd.Before(_simulator, () => [_serving]);
        _front.Client = presented => presented?.Issuer == _clients.Certificate.Subject;
        await WriteAsync("first");
        await File.WriteAllTextAsync(Path.Combine(_folder, "kubeconfig"), $$$"""
            apiVersion: v1
            kind: Config
            clusters: [{name: k, cluster: {server: "{{{_front.Url}}}", certificate-authority: ca.crt}}]
            users: [{name: u, user: {client-certificate: client.crt, client-key: client.key, tokenFile: token}}]
            contexts: [{name: c, context: {cluster: k, user: u}}]
            current-context: c
            """);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscriber in _subscribers) await subscriber.DisposeAsync();
        foreach (var replica in _replicas) await replica.DisposeAsync();
        await _front.DisposeAsync();
        await _simulator.DisposeAsync();
        _authority.Dispose();
        _clients.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task EverythingReplacedInPlace_ThreeReplicas_GoOn()
    {
        for (var i = 0; i < 3; i++) Start();
        using (var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2)))
            await Task.WhenAll(_replicas.Select(replica => replica.WaitUntilReadyAsync(patience.Token)));
        _subscribers.AddRange(Nodes.Select((node, i) => new Subscriber(_replicas[i].Broker, node)));
        await ConvergedAsync();
        var term = Lease()["leaseTransitions"]!.ToString();

        await using (_simulator.StartChurn(50, spared: Namespace))
        {
            await ReplaceAsync();
            // Nothing of the old is worth anything now; every connection has to be made anew.
            _front.Reset();
            await EverybodyAsync("second");
        }

        await ConvergedAsync();
        Assert.Equal(term, Lease()["leaseTransitions"]!.ToString());
        Assert.All(Table(), row => Assert.Equal("Active", (string?)row!["status"]));
        Assert.All(_subscribers, subscriber => Assert.Null(subscriber.Client.Ended));
        Assert.All(_subscribers, subscriber => Assert.Empty(subscriber.Log.Faults));
        Assert.All(_replicas, replica => Assert.False(replica.Process.HasExited));
    }

    // Reads and writes of table and Lease, watches of the informer, and pod watches: all with the new token.
    private async Task EverybodyAsync(string token)
    {
        var (renewed, beats) = (Renewed(), Heartbeats());
        await Eventually.HoldsAsync(() => Renewed() != renewed, "the Lease is renewed");
        await Eventually.HoldsAsync(() => Heartbeats().All(beat => !beats.Contains(beat)), "every heartbeat goes on");
        await Eventually.HoldsAsync(() => _simulator.Requests.OpenWatches.All(watch => watch.User == token), "every watch is with the new token");
        await Eventually.HoldsAsync(
            () => _simulator.Requests.OpenWatches.Select(watch => watch.Resource).Distinct().Count() >= 8
                && _simulator.Requests.OpenWatches.Count(watch => watch.Path.Contains($"namespaces/{Namespace}/pods", StringComparison.Ordinal)) == 3,
            "every kind, and the pods of each replica, are watched", () => string.Join(", ", _simulator.Requests.OpenWatches));
    }

    private async Task ReplaceAsync()
    {
        var (oldAuthority, oldClients) = (_authority, _clients);
        (_authority, _clients) = (new("cluster-ca"), new("next-client-ca"));
        _serving = _authority.Serving("127.0.0.1");
        _simulator.Access.AddToken("second", "second");
        _simulator.Access.RemoveToken("first");
        await WriteAsync("second");
        oldAuthority.Dispose();
        oldClients.Dispose();
    }

    private async Task WriteAsync(string token)
    {
        var (certificate, key, _) = _clients.Client("collector");
        foreach (var (file, text) in ((string, string)[])[("ca.crt", _authority.Pem), ("client.crt", certificate), ("client.key", key), ("token", token)])
            await File.WriteAllTextAsync(Path.Combine(_folder, file), text);
    }

    private void Start()
    {
        var pod = _simulator.Objects.Create(Pod($"{Name}-{_replicas.Count}").In(Namespace).Labelled(("app", Name)).WithIP("127.0.0.1"));
        var replica = CollectorProcess.Start(
            Path.Combine(_folder, "kubeconfig"),
            new Dictionary<string, string> { ["POD_NAME"] = pod.Name, ["POD_UID"] = pod.Uid },
            ["--clustering", "kubernetes", "--namespace", Namespace, "--name", Name, "--pod-labels", $"app={Name}"]);
        _replicas.Add(replica);
    }

    private async Task ConvergedAsync()
    {
        for (var i = 0; i < Nodes.Length; i++)
        {
            var expected = Comparison.OracleOf(_simulator).LinesFor(Nodes[i]);
            await _subscribers[i].Log.UntilAsync(log => log.Holds(expected), $"{Nodes[i]} holds what the oracle says");
        }
    }

    private JsonNode Lease() => _simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name)!.ToJsonObject()["spec"]!;

    private string Renewed() => (string)Lease()["renewTime"]!;

    private JsonArray Table()
    {
        var map = _simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name)!.ToJsonObject();
        return JsonNode.Parse((string)map["data"]!["membership.json"]!)!["silos"]!.AsArray();
    }

    private List<string> Heartbeats() => [.. Table().Select(row => $"{row!["silo"]} {row["alive"]}")];
}
