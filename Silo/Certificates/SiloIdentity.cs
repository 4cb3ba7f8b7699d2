using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// A replica's certificate, and its check of the other replicas' certificates: they must come from the same authority and have one of the same names, so that
/// another program's certificate of that authority is refused. Immutable, thread-safe.
/// </summary>
internal sealed class SiloIdentity
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities;
    private readonly HashSet<string> _names;

    private SiloIdentity(SslStreamCertificateContext certificate, X509Certificate2Collection authorities) =>
        (Certificate, _authorities, _names) = (certificate, authorities, NamesOf(certificate.TargetCertificate));

    /// <summary>This replica's certificate, for both directions.</summary>
    public SslStreamCertificateContext Certificate { get; }

    /// <exception cref="CryptographicException">A text holds no PEM, or the key is not the certificate's.</exception>
    public static SiloIdentity Load(string certificatePem, string keyPem, string authorityPem)
    {
        var authorities = CertificatePair.AuthoritiesFromPem(authorityPem);
        if (authorities.Count == 0) throw new CryptographicException("the authority's file holds no PEM certificate");
        return new SiloIdentity(CertificatePair.FromPem(certificatePem, keyPem), authorities);
    }

    /// <summary>The policy for a peer's chain: it must lead to the authority.</summary>
    public X509ChainPolicy PeerPolicy() => TrustPolicy.Of(_authorities);

    /// <summary>Whether a certificate has one of this replica's names.</summary>
    public bool IsNamesake(X509Certificate2 peer) => _names.Overlaps(NamesOf(peer));

    /// <summary>Why other replicas would refuse this one; null if they would not.</summary>
    /// <param name="chain">All certificates in the certificate's file.</param>
    /// <param name="now">The time.</param>
    public string? Fault(X509Certificate2Collection chain, DateTimeOffset now)
    {
        foreach (var (usage, name) in new[] { (ServerUsage, "server authentication"), (ClientUsage, "client authentication") })
        {
            using var judged = new X509Chain { ChainPolicy = PeerPolicy() };
            judged.ChainPolicy.VerificationTime = now.UtcDateTime;
            judged.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
            judged.ChainPolicy.ExtraStore.AddRange(chain);
            if (judged.Build(Certificate.TargetCertificate)) continue;
            return judged.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotValidForUsage)
                ? $"is not for {name}; replicas need a certificate for server and client authentication"
                : $"is refused by the authority of --silo-ca: {judged.ChainStatus[0].StatusInformation.Trim()}";
        }

        return null;
    }

    // The name of a certificate without DNS names is its subject.
    private static HashSet<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames());
        var found = names.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (found.Count == 0) found.Add(certificate.Subject);
        return found;
    }
}
