using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Tests.Install.Server;

/// <summary>The chart with TLS for Falco and between the replicas, from Secrets of the cluster.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Authority _authority = new();

    public TlsTests() => _patience.CancelAfter(Patience);

    public void Dispose()
    {
        _authority.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task Chart_TlsFromSecrets_ThreeReplicasFormAClusterAndStreamEncrypted()
    {
        using var server = ApiServer.Connect();
        await using var installation = await Installation.ApplyAsync(server, ManifestOf);
        var name = installation.Name;
        var node = (string)(await server.SendAsync(HttpMethod.Get, "api/v1/nodes")).At("items", "0", "metadata", "name")!;
        await using var kubelet = new KubeletStandIn(server, node, await server.TokenAsync(name, name));
        var pods = await installation.PodsAsync(_patience.Token);
        var running = await Task.WhenAll(pods.Select(pod => kubelet.RunAsync(pod, _patience.Token)));

        Assert.All(running, replica => Assert.DoesNotContain("replicas talk to each other in plaintext", replica.Process.Tail, StringComparison.Ordinal));
        var members = await server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{name}/configmaps/{name}");
        Assert.All(running, replica => Assert.Contains(replica.Ip, members.ToJsonString(), StringComparison.Ordinal));
        foreach (var (ip, _) in running) await AssertStreamsAsync(ip, node, pods.Select(pod => (string)pod.At("metadata", "uid")!).ToHashSet());
    }

    private string ManifestOf(string name) => string.Concat(
        $"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n", SecretOf(name, "broker"), SecretOf(name, "silo"), "---\n",
        Helm.Render(
            "--skip-tests", "--set", $"fullnameOverride={name}", "--set", $"namespaceOverride={name}", "--set", "image.repository=collector",
            "--set", "broker.tls.enabled=true", "--set", "broker.tls.existingSecret=broker",
            "--set", "clustering.tls.enabled=true", "--set", "clustering.tls.existingSecret=silo"));

    private string SecretOf(string scope, string name)
    {
        var (certificate, key) = _authority.Issue();
        var data = string.Concat(new[] { ("tls.crt", certificate), ("tls.key", key), ("ca.crt", _authority.Pem) }
            .Select(file => $"  {file.Item1}: {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(file.Item2))}\n"));
        return $"---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {scope}\ntype: Opaque\ndata:\n{data}";
    }

    private async Task AssertStreamsAsync(string ip, string node, HashSet<string> uids)
    {
        using var authority = X509Certificate2.CreateFromPem(_authority.Pem);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        var ssl = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = policy,
            // Reached at the pod's address, which its certificate does not know.
            RemoteCertificateValidationCallback = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None,
        };
        using var channel = GrpcChannel.ForAddress($"https://{ip}:45000", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = ssl },
            DisposeHttpClient = true,
        });
        var selector = new Selector { NodeName = node };
        foreach (var kind in StreamClient.DefaultKinds) selector.ResourceKinds[kind] = "";
        using var call = new Metadata.MetadataClient(channel).Watch(selector, cancellationToken: _patience.Token);
        while (uids.Count > 0) uids.Remove((await call.NextAsync()).Uid);
    }
}
