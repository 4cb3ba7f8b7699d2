using System.Net;
using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Tests.ApiServer.Requests;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Credentials;

/// <summary>What signs requests in, as a kubeconfig says, and what happens where it is refused or replaced.</summary>
public sealed class CredentialTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly Recorder _server = new();
    private Rig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await Rig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData("token: t", "Bearer t")]
    [InlineData("username: me, password: secret", "Basic bWU6c2VjcmV0")]
    [InlineData("username: me", "Basic bWU6")]
    [InlineData("tokenFile: token", "Bearer from-file")]
    [InlineData("token: t, tokenFile: token", "Bearer from-file")]
    [InlineData("token: t, tokenFile: missing", "Bearer t")]
    public async Task Send_User_IsSignedIn(string user, string expected)
    {
        _rig.Write("token", "from-file\n");

        Assert.Equal(expected, await AskAsync(Connect(user)));
    }

    [Fact]
    public async Task Send_UserWithoutCredentials_IsAnonymous() => Assert.Null(await AskAsync(Connect("")));

    [Fact]
    public async Task Send_TokenFileReplaced_IsReadAgain()
    {
        _rig.Write("token", "first");
        using var connection = Connect("tokenFile: token");
        Assert.Equal("Bearer first", await AskAsync(connection));

        _rig.Write("token", "second");
        Assert.Equal("Bearer first", await AskAsync(connection));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("Bearer second", await AskAsync(connection));

        // One that is gone for a moment is as good as ever.
        _rig.Delete("token");
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("Bearer second", await AskAsync(connection));
    }

    [Fact]
    public async Task Send_TokenFileReplacedAndTheOldOneRefused_IsSentAgainAtOnce()
    {
        _rig.Write("token", "first");
        using var connection = Connect("tokenFile: token");
        await AskAsync(connection);

        _rig.Write("token", "second");
        _server.Refuses = authorization => authorization == "Bearer first";

        Assert.Equal("Bearer second", await AskAsync(connection));
        Assert.Equal(["Bearer first", "Bearer first", "Bearer second"], _server.Seen.Select(headers => headers["Authorization"]));
    }

    [Fact]
    public async Task Send_TokenOfTheKubeconfigReplaced_IsKnownToEverybody()
    {
        var access = Access("token: first");
        ApiConnection[] connections = [access.Connect(TimeSpan.FromSeconds(30)), access.Connect(TimeSpan.FromSeconds(30))];
        foreach (var connection in connections) await AskAsync(connection);

        _rig.Config(user: "token: second");
        _server.Refuses = authorization => authorization == "Bearer first";
        foreach (var connection in connections) Assert.Equal("Bearer second", await AskAsync(connection));

        Assert.Equal(1, _server.Refused);
    }

    [Fact]
    public async Task Send_RefusedForGood_IsAnsweredWith401()
    {
        _server.Refuses = _ => true;

        var refusal = await Assert.ThrowsAsync<ApiException>(() => AskAsync(Connect("token: t")));

        Assert.Equal(401, refusal.Code);
        Assert.Equal(1, _server.Refused);
    }

    [Fact]
    public async Task Send_Impersonation_IsAskedForInHeaders()
    {
        await AskAsync(Connect("""token: t, as: jane, as-uid: "42", as-groups: [devs, "system:masters"], as-user-extra: {"acme.com/project": [p, q]}"""));

        var headers = Assert.Single(_server.Seen);
        Assert.Equal(("jane", "42", "devs,system:masters", "p,q"), (
            headers["Impersonate-User"], headers["Impersonate-Uid"], headers["Impersonate-Group"], headers["Impersonate-Extra-acme.com%2Fproject"]));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task Send_Plugin_IsRunWithItsArgumentsEnvironmentAndCluster(string version)
    {
        _rig.Program("plugin", """
            printf '%s\n' "$#" "$1" "$2" "$EXTRA" "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/told"
            echo '{"apiVersion":"client.authentication.k8s.io/VERSION","kind":"ExecCredential","status":{"token":"from-plugin"}}'
            """.Replace("VERSION", version, StringComparison.Ordinal));
        var exec = $$"""
            exec: {apiVersion: client.authentication.k8s.io/{{version}}, command: ./plugin, args: ["two words", "a \"quoted\" one"],
              env: [{name: EXTRA, value: "more of it"}], provideClusterInfo: true, interactiveMode: Never}
            """;
        var cluster = "certificate-authority: ca.crt, tls-server-name: api, proxy-url: \"http://proxy:1\", "
            + "extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x, deep: [1, true]}}]";

        Assert.Equal("Bearer from-plugin", await AskAsync(Access(exec, cluster).Connect(TimeSpan.FromSeconds(30))));

        var told = _rig.Read("told").Split('\n');
        Assert.Equal(["2", "two words", "a \"quoted\" one", "more of it"], told[..4]);
        var info = System.Text.Json.Nodes.JsonNode.Parse(told[4])!;
        Assert.Equal($"client.authentication.k8s.io/{version}", (string?)info["apiVersion"]);
        var spec = info["spec"]!;
        Assert.False((bool)spec["interactive"]!);
        Assert.Equal((_rig.Front.Url, "api", "http://proxy:1", Rig.Base64(_rig.Authority.Pem)), (
            (string?)spec["cluster"]!["server"], (string?)spec["cluster"]!["tls-server-name"], (string?)spec["cluster"]!["proxy-url"],
            (string?)spec["cluster"]!["certificate-authority-data"]));
        Assert.Equal("""{"audience":"x","deep":[1,true]}""", spec["cluster"]!["config"]!.ToJsonString());
    }

    [Fact]
    public async Task Send_PluginWhoseTokenExpiresOrIsRefused_IsRunAgain()
    {
        Counting();
        using var connection = Connect("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}");
        Assert.Equal("Bearer token-1", await AskAsync(connection));
        Assert.Equal("Bearer token-1", await AskAsync(connection));

        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("Bearer token-2", await AskAsync(connection));
        _time.Advance(TimeSpan.FromMinutes(1));
        _server.Refuses = authorization => authorization == "Bearer token-2";
        Assert.Equal("Bearer token-3", await AskAsync(connection));
    }

    [Fact]
    public async Task Send_PluginWithACertificate_PresentsIt()
    {
        using var clients = new Authority("clients");
        var (certificate, key, _) = clients.Client("me");
        var status = new System.Text.Json.Nodes.JsonObject { ["clientCertificateData"] = certificate, ["clientKeyData"] = key };
        _rig.Write("answer", new System.Text.Json.Nodes.JsonObject
        {
            ["apiVersion"] = "client.authentication.k8s.io/v1", ["kind"] = "ExecCredential", ["status"] = status,
        }.ToJsonString());
        _rig.Program("plugin", """cat "$(dirname "$0")/answer" """);
        var seen = "";
        _rig.Front.Client = presented => (seen = presented?.Subject ?? "").Length > 0;

        await Rig.AskAsync(_rig.Connect(_rig.Config(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}")));

        Assert.Equal("CN=me", seen);
    }

    [Theory]
    [InlineData("exit 3", "ended with exit code 3 (install it from somewhere)")]
    [InlineData("echo hello", "does not answer with an ExecCredential in JSON")]
    [InlineData("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1alpha1\"}'", "answers with apiVersion 'client.authentication.k8s.io/v1alpha1'")]
    [InlineData("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "gives neither a token nor a client certificate")]
    public async Task Send_PluginThatFails_IsNamed(string script, string reason)
    {
        _rig.Program("plugin", script);

        var failure = await Assert.ThrowsAsync<UnreachableException>(() => AskAsync(Connect(
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never, installHint: \"install it\\nfrom somewhere\"}")));

        Assert.Contains("/plugin ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Send_PluginThatIsMissing_TellsHowToInstallIt()
    {
        var failure = await Assert.ThrowsAsync<UnreachableException>(() => AskAsync(Connect(
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin, interactiveMode: Never, installHint: get it}")));

        Assert.Contains("credential plugin no-such-plugin cannot be run", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("(get it)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_PluginThatAlwaysAsks_IsRefusedWithoutATerminal()
    {
        Assert.SkipUnless(Console.IsInputRedirected, "there is a terminal");
        _rig.Program("plugin", "exit 0");

        var failure = await Assert.ThrowsAsync<UnreachableException>(() => AskAsync(Connect(
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Always}")));

        Assert.Contains("asks people on a terminal", failure.Message, StringComparison.Ordinal);
    }

    private void Counting() => _rig.Program("plugin", """
        echo x >> "$(dirname "$0")/runs"
        n=$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')
        [ "$n" = 1 ] && expires=',"expirationTimestamp":"EXPIRES"' || expires=
        echo '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-'$n'"'$expires'}}'
        """.Replace("EXPIRES", $"{_time.GetUtcNow().AddMinutes(5):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal));

    private ApiConnection Connect(string user) => Access(user).Connect(TimeSpan.FromSeconds(30));

    private ApiServerAccess Access(string user, string cluster = "certificate-authority: ca.crt")
    {
        var kubeconfig = _rig.Config(cluster, user);
        return Accesses.Of(() => ClusterConfiguration.Load(kubeconfig, new()), _rig.Log, _time, _server);
    }

    private async Task<string?> AskAsync(ApiConnection connection)
    {
        await Rig.AskAsync(connection);
        return _server.Seen[^1].GetValueOrDefault("Authorization");
    }

    /// <summary>Answers everything, and notes the headers.</summary>
    private sealed class Recorder : HttpMessageHandler
    {
        public List<Dictionary<string, string>> Seen { get; } = [];

        public Func<string?, bool> Refuses { get; set; } = _ => false;

        public int Refused { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(request.Headers.NonValidated.ToDictionary(header => header.Key, header => string.Join(',', header.Value)));
            var refuses = Refuses(Seen[^1].GetValueOrDefault("Authorization"));
            if (refuses) Refused++;
            return Task.FromResult(new HttpResponseMessage(refuses ? HttpStatusCode.Unauthorized : HttpStatusCode.OK) { Content = new StringContent("{}") });
        }
    }
}
