using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Tests.Support;

/// <summary>A certificate authority for the occasion.</summary>
internal sealed class Authority : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    public Authority(string name = "authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(1));
    }

    /// <summary>Its own certificate.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A certificate and its key.</summary>
    /// <param name="name">DNS name; none where empty.</param>
    /// <param name="isForServers">For server authentication.</param>
    /// <param name="isForClients">For client authentication.</param>
    /// <param name="end">When it expires; in a day where not given.</param>
    public (string Certificate, string Key) Issue(
        string name = "silo.collector", bool isForServers = true, bool isForClients = true, DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=replica", key, HashAlgorithmName.SHA256);
        if (name.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        var usages = new OidCollection();
        if (isForServers) usages.Add(new Oid(ServerUsage));
        if (isForClients) usages.Add(new Oid(ClientUsage));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        using var made = request.Create(
            _certificate, DateTimeOffset.UtcNow.AddYears(-1), end ?? DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The same, ready to be presented.</summary>
    public X509Certificate2 IssueCertificate(string name = "silo.collector")
    {
        var (certificate, key) = Issue(name);
        return X509Certificate2.CreateFromPem(certificate, key);
    }

    public void Dispose() => _certificate.Dispose();
}
