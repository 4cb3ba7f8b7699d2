using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>An authority and certificates of it, for the loopback interface.</summary>
internal sealed class Certificates : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly RSA _key = RSA.Create(2048);

    public Certificates()
    {
        var request = new CertificateRequest("CN=authority", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    public X509Certificate2 Authority { get; }

    /// <summary>A certificate and its key, in PEM.</summary>
    public (string Certificate, string Key) Server(string name) => Make(name, ServerUse, DateTimeOffset.UtcNow.AddDays(1), []);

    /// <summary>One that is over.</summary>
    public (string Certificate, string Key) Expired(string name) => Make(name, ServerUse, DateTimeOffset.UtcNow.AddMinutes(-5), []);

    /// <summary>One for a client.</summary>
    public X509Certificate2 Client(string name, params string[] dnsNames)
    {
        var (certificate, key) = Make(name, ClientUse, DateTimeOffset.UtcNow.AddDays(1), dnsNames);
        using var made = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
    }

    private (string Certificate, string Key) Make(string name, string use, DateTimeOffset end, string[] dnsNames)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        foreach (var dnsName in dnsNames) names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        using var made = request.Create(Authority, DateTimeOffset.UtcNow.AddHours(-1), end, RandomNumberGenerator.GetBytes(8));
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
