using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Silo.Certificates;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Certificates;

/// <summary>A certificate that names addresses, of which the chain shall make no use: somebody listens there.</summary>
public sealed class TrustPolicyTests : IDisposable
{
    private readonly TcpListener _named = new(IPAddress.Loopback, 0);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2Collection _authorities;

    public TrustPolicyTests()
    {
        using var authority = new Authority();
        _authorities = CertificatePair.AuthoritiesFromPem(authority.Pem);
        _named.Start();
    }

    public void Dispose()
    {
        _named.Dispose();
        _key.Dispose();
    }

    public static TheoryData<string> Policies => ["authorities", "system"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Build_CertificateThatNamesAddresses_AsksNobody(string policy)
    {
        using var certificate = OfUnknownIssuer();
        Assert.False(Builds(certificate, policy == "system" ? TrustPolicy.OfSystem() : TrustPolicy.Of(_authorities)));
        Assert.False(_named.Pending());
    }

    [Fact]
    public async Task Build_WithoutOurPolicy_Asks()
    {
        // Else the test above would prove nothing.
        using var certificate = OfUnknownIssuer();
        var answering = AnswerAsync();
        Assert.False(Builds(certificate, new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, UrlRetrievalTimeout = TimeSpan.FromSeconds(10) }));
        Assert.StartsWith("GET /issuer.crt", await answering.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static bool Builds(X509Certificate2 certificate, X509ChainPolicy policy)
    {
        using var chain = new X509Chain { ChainPolicy = policy };
        return chain.Build(certificate);
    }

    private async Task<string> AnswerAsync()
    {
        using var client = await _named.AcceptTcpClientAsync();
        var request = new byte[1024];
        var length = await client.GetStream().ReadAsync(request);
        await client.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return System.Text.Encoding.ASCII.GetString(request, 0, length);
    }

    // Its issuer is not there, and the certificate says where it and its revocations could be had.
    private X509Certificate2 OfUnknownIssuer()
    {
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=falco", _key, HashAlgorithmName.SHA256);
        var address = $"http://127.0.0.1:{((IPEndPoint)_named.LocalEndpoint).Port}";
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([$"{address}/ocsp"], [$"{address}/issuer.crt"]));
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([$"{address}/revoked.crl"]));
        return request.Create(
            new X500DistinguishedName("CN=unknown issuer"), X509SignatureGenerator.CreateForECDsa(issuerKey), DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
    }
}
