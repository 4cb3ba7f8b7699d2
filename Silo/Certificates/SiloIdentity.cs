using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// Who a replica is to the others, and who they have to be: of the same authority, and of the same name, so that another program's
/// certificate of a shared authority is no way in. Immutable, thread-safe.
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

    /// <summary>Makes it of the contents of three PEM files.</summary>
    /// <exception cref="CryptographicException">One of them holds nothing of use.</exception>
    public static SiloIdentity Load(string certificatePem, string keyPem, string authorityPem)
    {
        var authorities = CertificatePair.AuthoritiesFromPem(authorityPem);
        if (authorities.Count == 0) throw new CryptographicException("the authority's file holds no PEM certificate");
        return new SiloIdentity(CertificatePair.FromPem(certificatePem, keyPem), authorities);
    }

    /// <summary>By what a peer's chain is judged: the authority alone.</summary>
    public X509ChainPolicy PeerPolicy() => TrustPolicy.Of(_authorities);

    /// <summary>Whether a certificate bears one of this replica's names.</summary>
    public bool IsNamesake(X509Certificate2 peer) => _names.Overlaps(NamesOf(peer));

    /// <summary>Why other replicas would refuse this one; null if they would not.</summary>
    /// <param name="chain">What the certificate's file holds besides.</param>
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

    // A certificate without DNS names is called by its subject.
    private static HashSet<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames());
        var found = names.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (found.Count == 0) found.Add(certificate.Subject);
        return found;
    }
}
