using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Testing.Processes;

/// <summary>A certificate that is its own authority, for a collector that is to speak TLS at every port that can.</summary>
public static class OwnCertificate
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    /// <summary>Writes it into a folder.</summary>
    /// <returns>The flags that name it.</returns>
    public static IReadOnlyList<string> Write(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=collector", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("collector");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUsage), new Oid(ClientUsage)], critical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
        string certificateFile = Path.Combine(folder, "own.crt"), keyFile = Path.Combine(folder, "own.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return
        [
            "--broker-server-cert", certificateFile, "--broker-server-key", keyFile, "--silo-cert", certificateFile, "--silo-key", keyFile, "--silo-ca", certificateFile,
        ];
    }
}
