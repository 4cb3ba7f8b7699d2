using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// The policies for the chain of a peer's certificate. They download neither missing certificates (AIA) nor revocations (CRL, OCSP), since the peer
/// chooses those addresses.
/// </summary>
internal static class TrustPolicy
{
    /// <summary>Trusts these authorities alone.</summary>
    public static X509ChainPolicy Of(X509Certificate2Collection authorities)
    {
        var policy = OfSystem();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    public static X509ChainPolicy OfSystem() => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
}
