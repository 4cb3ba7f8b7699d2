using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// By what the chain of a peer's certificate is judged, wherever one is. Nothing that a certificate names is asked for anything: neither
/// for missing certificates (AIA) nor for revocations (CRL, OCSP), since whoever connects chooses those addresses.
/// </summary>
internal static class TrustPolicy
{
    /// <summary>These authorities alone, none of the system's.</summary>
    public static X509ChainPolicy Of(X509Certificate2Collection authorities)
    {
        var policy = OfSystem();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>The authorities of the system.</summary>
    public static X509ChainPolicy OfSystem() => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
}
