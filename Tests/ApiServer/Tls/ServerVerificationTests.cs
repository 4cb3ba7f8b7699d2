using System.Security.Cryptography.X509Certificates;
using MetaCollector.ApiServer.Tls;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Tls;

public sealed class ServerVerificationTests : IDisposable
{
    private readonly Authority _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Fault_CertificateOfTheAuthorityForTheName_IsNone() =>
        Assert.Null(Of(_root).Fault(_root.Serving("api.example.org", "127.0.0.1"), [], "127.0.0.1"));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("api.example.org")]
    [InlineData("fd00::1")]
    public void Fault_CertificateOfAnotherName_NamesBoth(string asked)
    {
        var fault = Of(_root).Fault(_root.Serving("worker-7.example.org", "192.0.2.7"), [], asked);

        Assert.Equal($"the server's certificate is for worker-7.example.org, 192.0.2.7, not for {asked}", fault);
    }

    [Fact]
    public void Fault_CommonNameAlone_IsNoName()
    {
        Assert.Equal("the server's certificate is for no name, not for kube-apiserver", Of(_root).Fault(_root.Serving(), [], "kube-apiserver"));
    }

    [Theory]
    [InlineData("api.example.org", "*.example.org", true)]
    [InlineData("fd00::1", "fd00::1", true)]
    [InlineData("a.b.example.org", "*.example.org", false)]
    public void Fault_NamesOfEverySort_AreCompared(string asked, string borne, bool fits) =>
        Assert.Equal(fits, Of(_root).Fault(_root.Serving(borne), [], asked) is null);

    [Fact]
    public void Fault_StrangersCertificate_NamesItsIssuer()
    {
        using var stranger = new Authority("stranger");

        Assert.Equal(
            "the server's certificate is signed by an unknown authority (CN=stranger): certificate-authority has to hold that authority's certificate",
            Of(_root).Fault(stranger.Serving("127.0.0.1"), [stranger.Certificate], "127.0.0.1"));
    }

    [Fact]
    public void Fault_StrangerOfTheSameName_IsNotTheAuthority()
    {
        using var stranger = new Authority();

        Assert.Contains("unknown authority", Of(_root).Fault(stranger.Serving("127.0.0.1"), [stranger.Certificate], "127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_BundleOfAnIntermediateAlone_IsEnough()
    {
        using var intermediate = _root.Below("intermediate");

        Assert.Null(Of(intermediate).Fault(intermediate.Serving("127.0.0.1"), [], "127.0.0.1"));
        Assert.Null(Of(intermediate).Fault(intermediate.Serving("127.0.0.1"), [intermediate.Certificate], "127.0.0.1"));
        Assert.Contains("unknown authority", Of(intermediate).Fault(_root.Serving("127.0.0.1"), [_root.Certificate], "127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_RootAlone_NeedsTheIntermediatesOfTheServer()
    {
        using var intermediate = _root.Below("intermediate");
        var serving = intermediate.Serving("127.0.0.1");

        Assert.Null(Of(_root).Fault(serving, [intermediate.Certificate], "127.0.0.1"));
        Assert.NotNull(Of(_root).Fault(serving, [], "127.0.0.1"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fault_OldAndNewAuthorityOfOneName_AreBothTried(bool reversed)
    {
        using var other = new Authority();
        Authority[] both = reversed ? [other, _root] : [_root, other];

        Assert.Null(Of(both).Fault(_root.Serving("127.0.0.1"), [], "127.0.0.1"));
        Assert.Null(Of(both).Fault(other.Serving("127.0.0.1"), [other.Certificate], "127.0.0.1"));
        Assert.Null(Of(both).Fault(other.Serving("127.0.0.1"), [_root.Certificate], "127.0.0.1"));
    }

    [Fact]
    public void Fault_TheServersOwnCertificateAsBundle_IsTrusted()
    {
        var serving = _root.Serving("127.0.0.1");

        Assert.Null(new ServerVerification([serving], takesAnything: false).Fault(serving, [], "127.0.0.1"));
    }

    [Fact]
    public void Fault_Expired_SaysWhen() =>
        Assert.Contains("is valid from", Of(_root).Fault(_root.Expired("127.0.0.1"), [], "127.0.0.1"), StringComparison.Ordinal);

    [Fact]
    public void Fault_ClientsCertificate_IsNotForServers()
    {
        var (_, _, client) = _root.Client("me", "127.0.0.1");

        Assert.Equal("the server's certificate is not for servers", Of(_root).Fault(client, [], "127.0.0.1"));
    }

    [Fact]
    public void Fault_SystemsAuthorities_DoNotKnowTheClusters() =>
        Assert.Contains("unknown authority", new ServerVerification(null, takesAnything: false).Fault(_root.Serving("127.0.0.1"), [], "127.0.0.1"), StringComparison.Ordinal);

    [Fact]
    public void Fault_Insecure_TakesAnything()
    {
        using var stranger = new Authority("stranger");

        Assert.Null(new ServerVerification(null, takesAnything: true).Fault(stranger.Expired("nowhere"), [], "127.0.0.1"));
    }

    private static ServerVerification Of(params Authority[] authorities) => new([.. authorities.Select(one => new X509Certificate2(one.Certificate))], takesAnything: false);
}
