using MetaCollector.ApiServer.Requests;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Requests;

/// <summary>Whom connections trust, over real sockets.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task Call_CertificateOfTheAuthority_IsAnsweredOverHttp2()
    {
        await using var rig = await Rig.StartAsync();
        using var connection = rig.Connect(rig.Config());

        await Rig.AskAsync(connection);
        await Rig.AskAsync(connection);

        Assert.Equal(1, rig.Front.Connections);
        Assert.All(rig.Simulator.Requests.All, request => Assert.Equal("HTTP/2", request.Protocol));
        Assert.Empty(rig.Log.Lines);
    }

    [Fact]
    public async Task Call_ServerWithoutHttp2_IsAnsweredOverHttp11()
    {
        await using var rig = await Rig.StartAsync();
        rig.Front.SpeaksHttp2 = false;

        await Rig.AskAsync(rig.Connect(rig.Config()));

        Assert.Equal("HTTP/1.1", Assert.Single(rig.Simulator.Requests.All).Protocol);
    }

    [Fact]
    public async Task Call_ServerOfAnotherName_IsRefusedBeforeAnythingIsSent()
    {
        await using var rig = await Rig.StartAsync();
        rig.Serving = [rig.Authority.Serving("worker-7.example.org", "192.0.2.7")];

        var refusal = await Assert.ThrowsAsync<UnreachableException>(() => Rig.AskAsync(rig.Connect(rig.Config(user: "token: must-never-be-seen"))));

        Assert.Equal("TLS: the server's certificate is for worker-7.example.org, 192.0.2.7, not for 127.0.0.1", refusal.Message);
        Assert.Equal(0, rig.Front.RequestBytes);
    }

    [Fact]
    public async Task Call_TlsServerName_IsAskedForAndCompared()
    {
        await using var rig = await Rig.StartAsync();
        rig.Serving = [rig.Authority.Serving("api.example.org")];

        await Rig.AskAsync(rig.Connect(rig.Config("certificate-authority: ca.crt, tls-server-name: api.example.org")));

        Assert.Equal("api.example.org", Assert.Single(rig.Front.Names));
        var refusal = await Assert.ThrowsAsync<UnreachableException>(
            () => Rig.AskAsync(rig.Connect(rig.Config("certificate-authority: ca.crt, tls-server-name: other.example.org"))));
        Assert.Contains("not for other.example.org", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_InsecureSkipTlsVerify_TakesAnythingAndWarns()
    {
        await using var rig = await Rig.StartAsync();
        using var stranger = new Authority("stranger");
        rig.Serving = [stranger.Serving("elsewhere")];

        await Rig.AskAsync(rig.Connect(rig.Config("insecure-skip-tls-verify: true")));

        Assert.Contains("is not verified, since insecure-skip-tls-verify is set", Assert.Single(rig.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_AuthorityOfTheKubeconfigItself_IsTrusted()
    {
        await using var rig = await Rig.StartAsync();

        await Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority-data: {Rig.Base64(rig.Authority.Pem)}")));
    }

    [Fact]
    public async Task Call_UnknownAuthority_IsNamed()
    {
        await using var rig = await Rig.StartAsync();
        using var stranger = new Authority("stranger");
        rig.Serving = [stranger.Serving("127.0.0.1")];

        var refusal = await Assert.ThrowsAsync<UnreachableException>(() => Rig.AskAsync(rig.Connect(rig.Config())));

        Assert.Equal("TLS: the server's certificate is signed by an unknown authority (CN=stranger): certificate-authority has to hold that authority's certificate", refusal.Message);
        Assert.True(refusal.IsTls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_BundleOfAnIntermediateAlone_IsEnough(bool sendsIt)
    {
        await using var rig = await Rig.StartAsync();
        using var intermediate = rig.Authority.Below("intermediate");
        rig.Serving = [intermediate.Serving("127.0.0.1")];
        if (sendsIt) rig.Serving.Add(intermediate.Certificate);
        rig.Write("ca.crt", intermediate.Pem);

        await Rig.AskAsync(rig.Connect(rig.Config()));
    }

    [Fact]
    public async Task Call_IntermediateOfTheServer_LeadsToTheRoot()
    {
        await using var rig = await Rig.StartAsync();
        using var intermediate = rig.Authority.Below("intermediate");
        rig.Serving = [intermediate.Serving("127.0.0.1"), intermediate.Certificate];

        await Rig.AskAsync(rig.Connect(rig.Config()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_OldAndNewAuthorityOfOneName_AreBothTried(bool reversed)
    {
        await using var rig = await Rig.StartAsync();
        using var other = new Authority();
        rig.Write("ca.crt", reversed ? other.Pem + "\n" + rig.Authority.Pem : rig.Authority.Pem + "\n" + other.Pem);
        using var connection = rig.Connect(rig.Config());

        await Rig.AskAsync(connection);
        rig.Serving = [other.Serving("127.0.0.1")];
        rig.Front.Reset();
        await Rig.AskAsync(connection);
    }

    [Fact]
    public async Task Call_AuthorityReplacedInPlace_IsTakenAtTheFirstRefusal()
    {
        await using var rig = await Rig.StartAsync();
        using var connection = rig.Connect(rig.Config());
        await Rig.AskAsync(connection);

        using var next = new Authority("next");
        rig.Write("ca.crt", next.Pem);
        rig.Serving = [next.Serving("127.0.0.1")];
        rig.Front.Reset();
        await Rig.AskAsync(connection);

        Assert.Empty(rig.Log.Warnings);
    }

    [Fact]
    public async Task Call_AuthorityOfTheKubeconfigReplaced_IsTakenByEverybody()
    {
        await using var rig = await Rig.StartAsync();
        var access = rig.Access(rig.Config($"certificate-authority-data: {Rig.Base64(rig.Authority.Pem)}"));
        ApiConnection[] connections = [access.Connect(TimeSpan.FromSeconds(30)), access.Connect(TimeSpan.FromSeconds(30))];
        foreach (var connection in connections) await Rig.AskAsync(connection);

        using var next = new Authority("next");
        rig.Config($"certificate-authority-data: {Rig.Base64(next.Pem)}");
        rig.Serving = [next.Serving("127.0.0.1")];
        rig.Front.Reset();
        foreach (var connection in connections) await Rig.AskAsync(connection);

        // The first to be refused has told the other.
        Assert.InRange(rig.Front.Refused, 0, 1);
    }

    [Fact]
    public async Task Call_ClientCertificateFilesReplaced_ArePresentedOnANewConnection()
    {
        await using var rig = await Rig.StartAsync();
        using var old = new Authority("clients");
        using var next = new Authority("next clients");
        var trusted = old;
        rig.Front.Client = presented => presented?.Issuer == trusted.Certificate.Subject;
        Present(rig, old);
        using var connection = rig.Connect(rig.Config(user: "client-certificate: client.crt, client-key: client.key"));
        await Rig.AskAsync(connection);

        trusted = next;
        Present(rig, next);
        rig.Front.Reset();
        await Rig.AskAsync(connection);

        Assert.Equal(2, rig.Front.Connections);
    }

    [Fact]
    public async Task Call_ClientCertificateData_IsPresented()
    {
        await using var rig = await Rig.StartAsync();
        using var clients = new Authority("clients");
        var (certificate, key, _) = clients.Client("me");
        var seen = "";
        rig.Front.Client = presented => (seen = presented?.Subject ?? "").Length > 0;

        await Rig.AskAsync(rig.Connect(rig.Config(user: $"client-certificate-data: {Rig.Base64(certificate)}, client-key-data: {Rig.Base64(key)}")));

        Assert.Equal("CN=me", seen);
    }

    private static void Present(Rig rig, Authority authority)
    {
        var (certificate, key, _) = authority.Client("me");
        rig.Write("client.crt", certificate);
        rig.Write("client.key", key);
    }
}
