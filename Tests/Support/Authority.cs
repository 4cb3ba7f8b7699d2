using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Tests.Support;

/// <summary>A certificate authority for the occasion: a root, or one below another. What it signs is valid since a year ago.</summary>
internal sealed class Authority : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    /// <summary>A root.</summary>
    public Authority(string name = "authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = Request(name, key).CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(1));
    }

    private Authority(Authority above, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = above.Sign(Request(name, key), key, DateTimeOffset.UtcNow.AddDays(30));
    }

    /// <summary>Its own certificate.</summary>
    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>An authority that this one vouches for.</summary>
    public Authority Below(string name) => new(this, name);

    /// <summary>A replica's certificate and its key.</summary>
    /// <param name="name">DNS name; none where empty.</param>
    /// <param name="isForServers">For server authentication.</param>
    /// <param name="isForClients">For client authentication.</param>
    /// <param name="end">When it expires; in a day where not given.</param>
    public (string Certificate, string Key) Issue(
        string name = "silo.collector", bool isForServers = true, bool isForClients = true, DateTimeOffset? end = null)
    {
        using var made = IssueCertificate(name, isForServers, isForClients, end);
        return (made.ExportCertificatePem(), KeyOf(made));
    }

    /// <summary>The same, ready to be presented.</summary>
    public X509Certificate2 IssueCertificate(
        string name = "silo.collector", bool isForServers = true, bool isForClients = true, DateTimeOffset? end = null)
    {
        var usages = new OidCollection();
        if (isForServers) usages.Add(new Oid(ServerUsage));
        if (isForClients) usages.Add(new Oid(ClientUsage));
        return Issue("replica", name.Length > 0 ? [name] : [], usages, end ?? DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>An API server's certificate.</summary>
    /// <param name="names">DNS names and addresses.</param>
    public X509Certificate2 Serving(params string[] names) => Issue("kube-apiserver", names, [new Oid(ServerUsage)], DateTimeOffset.UtcNow.AddDays(1));

    /// <summary>An API server's certificate that has expired.</summary>
    public X509Certificate2 Expired(params string[] names) => Issue("kube-apiserver", names, [new Oid(ServerUsage)], DateTimeOffset.UtcNow.AddHours(-1));

    /// <summary>A client's certificate and key.</summary>
    public (string Certificate, string Key, X509Certificate2 Itself) Client(string user, params string[] names)
    {
        var certificate = Issue(user, names, [new Oid(ClientUsage)], DateTimeOffset.UtcNow.AddDays(1));
        return (certificate.ExportCertificatePem(), KeyOf(certificate), certificate);
    }

    public void Dispose() => _certificate.Dispose();

    private static CertificateRequest Request(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private X509Certificate2 Issue(string subject, string[] names, OidCollection usages, DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        var subjects = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) subjects.AddIpAddress(address);
            else subjects.AddDnsName(name);
        }

        if (names.Length > 0) request.CertificateExtensions.Add(subjects.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        return Sign(request, key, end);
    }

    private X509Certificate2 Sign(CertificateRequest request, ECDsa key, DateTimeOffset end)
    {
        using var signed = request.Create(_certificate, DateTimeOffset.UtcNow.AddYears(-1), end, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
