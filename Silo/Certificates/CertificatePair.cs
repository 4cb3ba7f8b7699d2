using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Certificates;

/// <summary>Checks and reads the PEM files of certificates, keys and authorities.</summary>
internal static class CertificatePair
{
    private const string Encrypted = "ENCRYPTED";

    /// <returns>The first fault, and whether it is the certificate's file or the key's; null where there is none.</returns>
    public static (bool IsCertificate, string Fault)? Check(string certificateFile, string keyFile, DateTimeOffset now)
    {
        if (CannotRead(certificateFile) is { } first) return (true, first);
        if (CannotRead(keyFile) is { } second) return (false, second);
        X509Certificate2 certificate;
        try
        {
            using var alone = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile));
        }
        catch (CryptographicException)
        {
            return (true, $"{certificateFile} holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
        }

        try
        {
            certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return (false, File.ReadAllText(keyFile).Contains(Encrypted, StringComparison.Ordinal)
                ? $"{keyFile} is encrypted, and nobody is there to type the passphrase; take it off: openssl pkey -in {keyFile} -out KEY"
                : $"{keyFile} holds no PEM key for the certificate in {certificateFile}: {exception.Message}");
        }

        using (certificate)
        {
            return certificate.NotAfter.ToUniversalTime() < now.UtcDateTime
                ? (true, $"{certificateFile} expired at {certificate.NotAfter.ToUniversalTime():u}; renew it")
                : null;
        }
    }

    /// <summary>What is wrong with a file of authorities; null where nothing is.</summary>
    public static string? CheckAuthorities(string file)
    {
        if (CannotRead(file) is { } fault) return fault;
        try
        {
            if (LoadAuthorities(file).Count > 0) return null;
        }
        catch (CryptographicException)
        {
            // Reported below.
        }

        return $"{file} holds no PEM certificate (-----BEGIN CERTIFICATE-----)";
    }

    /// <summary>The certificate, with the rest of its chain.</summary>
    public static SslStreamCertificateContext Load(string certificateFile, string keyFile) =>
        FromPem(File.ReadAllText(certificateFile), File.ReadAllText(keyFile));

    /// <exception cref="CryptographicException">A text holds no PEM, or the key is not the certificate's.</exception>
    public static SslStreamCertificateContext FromPem(string certificatePem, string keyPem)
    {
        var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        // Offline: missing intermediates are not downloaded.
        return SslStreamCertificateContext.Create(certificate, AuthoritiesFromPem(certificatePem), offline: true);
    }

    public static X509Certificate2Collection LoadAuthorities(string file) => AuthoritiesFromPem(File.ReadAllText(file));

    public static X509Certificate2Collection AuthoritiesFromPem(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities;
    }

    private static string? CannotRead(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"file {file} not found";
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            return Directory.Exists(file) ? $"{file} is a folder" : $"file {file} cannot be read: {exception.Message}";
        }
    }
}
