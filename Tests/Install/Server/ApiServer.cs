using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.KubeConfigModels;
using MetaCollector.Simulator;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>
/// An API server, a real one, which <c>METACOLLECTOR_TEST_KUBECONFIG</c> names, or the simulator: all that an installation needs of
/// it. Thread-safe.
/// </summary>
internal sealed class ApiServer : IDisposable
{
    private static readonly string[] ClusterWide = ["Namespace", "ClusterRole", "ClusterRoleBinding", "Node"];

    private readonly Kubernetes _kubernetes;
    private readonly KubernetesClientConfiguration _configuration;

    private ApiServer(KubernetesClientConfiguration configuration) =>
        (_configuration, _kubernetes) = (configuration, new Kubernetes(configuration));

    /// <summary>Connects to the real one, or skips the test.</summary>
    public static ApiServer Connect()
    {
        var kubeconfig = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG");
        Assert.SkipWhen(kubeconfig is null, "METACOLLECTOR_TEST_KUBECONFIG names no API server");
        return new ApiServer(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
    }

    /// <summary>The simulator, which has to serve TLS and to ask for a token.</summary>
    public static ApiServer Of(ApiServerSimulator simulator) =>
        new(KubernetesClientConfiguration.BuildConfigFromConfigObject(KubernetesYaml.Deserialize<K8SConfiguration>(simulator.Kubeconfig)));

    /// <summary>The same server, as a ServiceAccount.</summary>
    public ApiServer As(string token) => new(new KubernetesClientConfiguration
    {
        Host = _configuration.Host, SslCaCerts = _configuration.SslCaCerts, AccessToken = token,
    });

    /// <summary>Writes a kubeconfig with which a program signs in by a token.</summary>
    public void WriteKubeconfig(string file, string token) => File.WriteAllText(file, $$"""
        apiVersion: v1
        kind: Config
        current-context: test
        clusters:
        - name: test
          cluster:
            server: {{_configuration.Host}}
            certificate-authority-data: {{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(_configuration.SslCaCerts.Select(ca => ca.ExportCertificatePem() + "\n"))))}}
        users:
        - name: test
          user:
            token: {{token}}
        contexts:
        - name: test
          context:
            cluster: test
            user: test
        """);

    /// <summary>Creates an object; unknown and repeated fields are errors.</summary>
    public Task<JsonObject> CreateAsync(JsonObject item, bool dryRun = false) =>
        SendAsync(HttpMethod.Post, $"{Collection(item)}?fieldValidation=Strict{(dryRun ? "&dryRun=All" : "")}", item, "application/json");

    /// <summary>Whether the server knows a version of an API group; one of Kubernetes' own has to be there.</summary>
    public async Task<bool> ServesAsync(string apiVersion)
    {
        if (!apiVersion.Contains('.', StringComparison.Ordinal) || apiVersion.Contains(".k8s.io/", StringComparison.Ordinal)) return true;
        var groups = await SendAsync(HttpMethod.Get, "apis");
        return groups["groups"]!.AsArray().SelectMany(group => group!["versions"]!.AsArray()).Any(version => (string?)version!["groupVersion"] == apiVersion);
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="InvalidOperationException">It was refused; the message is the server's.</exception>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body = null, string contentType = "application/merge-patch+json")
    {
        using var request = new HttpRequestMessage(method, new Uri(_kubernetes.BaseUri, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, contentType);
        if (_kubernetes.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, TestContext.Current.CancellationToken);
        using var answer = await _kubernetes.HttpClient.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>A token of a ServiceAccount, for an hour.</summary>
    public async Task<string> TokenAsync(string @namespace, string account)
    {
        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = new JsonObject { ["expirationSeconds"] = 3600 } };
        var answer = await SendAsync(HttpMethod.Post, $"api/v1/namespaces/{@namespace}/serviceaccounts/{account}/token", request, "application/json");
        return (string)answer.At("status", "token")!;
    }

    public void Dispose() => _kubernetes.Dispose();

    /// <summary>Path of one object.</summary>
    public static string PathOf(JsonObject item) => $"{Collection(item)}/{(string?)item.At("metadata", "name")}";

    private static string Collection(JsonObject item)
    {
        string version = (string)item["apiVersion"]!, kind = (string)item["kind"]!;
        var root = version.Contains('/', StringComparison.Ordinal) ? $"apis/{version}" : $"api/{version}";
        var scope = ClusterWide.Contains(kind) ? "" : $"namespaces/{(string?)item.At("metadata", "namespace")}/";
        var plural = kind.ToLowerInvariant();
        plural = plural.EndsWith('y') ? $"{plural[..^1]}ies" : $"{plural}s";
        return $"{root}/{scope}{plural}";
    }
}
