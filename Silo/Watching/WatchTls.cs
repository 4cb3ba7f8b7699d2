using System.Net.Security;
using MetaCollector.Silo.Certificates;

namespace MetaCollector.Silo.Watching;

/// <summary>The TLS options of <c>metacollector watch</c>. Immutable.</summary>
/// <param name="CaFile">PEM file with the authority to trust; null for the system's.</param>
/// <param name="ServerName">The name that the broker's certificate must bear; null for that of the address.</param>
/// <param name="CertificateFile">PEM file with the certificate to present; null for none.</param>
/// <param name="KeyFile">PEM file with its key.</param>
/// <param name="IsInsecure">Whether any certificate will do.</param>
internal sealed record WatchTls(string? CaFile, string? ServerName, string? CertificateFile, string? KeyFile, bool IsInsecure)
{
    public bool IsWanted => IsInsecure || CaFile is not null || ServerName is not null || CertificateFile is not null || KeyFile is not null;

    public SslClientAuthenticationOptions Options()
    {
        var options = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = CaFile is { } file ? TrustPolicy.Of(CertificatePair.LoadAuthorities(file)) : TrustPolicy.OfSystem(),
        };
        if (CertificateFile is { } certificate) options.ClientCertificateContext = CertificatePair.Load(certificate, KeyFile!);
#pragma warning disable CA5359 // The user asked for it with --tls-insecure, and the program warns.
        if (IsInsecure) options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return options;
    }
}
