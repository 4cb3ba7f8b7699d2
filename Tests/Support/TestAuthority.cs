using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Tests.Support;

/// <summary>A certificate authority as clusters have them: a root, or one below another.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;

    /// <summary>A root.</summary>
    public TestAuthority(string name = "cluster-ca")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = Request(name, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
    }

    private TestAuthority(TestAuthority above, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Request(name, key).Create(
            above._certificate, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30), RandomNumberGenerator.GetBytes(8));
        _certificate = signed.CopyWithPrivateKey(key);
    }

    /// <summary>Its own certificate.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>An authority that this one vouches for.</summary>
    public TestAuthority Below(string name) => new(this, name);

    /// <summary>A server's certificate.</summary>
    /// <param name="names">DNS names and addresses.</param>
    public X509Certificate2 Serving(params string[] names) => Issue("CN=kube-apiserver", names, "1.3.6.1.5.5.7.3.1", DateTimeOffset.UtcNow.AddDays(1));

    /// <summary>A server's certificate that has expired.</summary>
    public X509Certificate2 Expired(params string[] names) => Issue("CN=kube-apiserver", names, "1.3.6.1.5.5.7.3.1", DateTimeOffset.UtcNow.AddHours(-1));

    /// <summary>A client's certificate and key.</summary>
    public (string Certificate, string Key, X509Certificate2 Itself) Client(string user, params string[] names)
    {
        var certificate = Issue($"CN={user}", names, "1.3.6.1.5.5.7.3.2", DateTimeOffset.UtcNow.AddDays(1));
        return (certificate.ExportCertificatePem(), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), certificate);
    }

    public void Dispose() => _certificate.Dispose();

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }

    private X509Certificate2 Issue(string subject, string[] names, string usage, DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var subjects = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) subjects.AddIpAddress(address);
            else subjects.AddDnsName(name);
        }

        if (names.Length > 0) request.CertificateExtensions.Add(subjects.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var signed = request.Create(_certificate, DateTimeOffset.UtcNow.AddHours(-2), end, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
