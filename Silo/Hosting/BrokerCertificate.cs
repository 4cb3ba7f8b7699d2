using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// The broker's certificate, read again when its file changes (cert-manager and Kubernetes replace it in place); a new one that
/// cannot be used is logged, and the old one stays. Thread-safe.
/// </summary>
internal sealed class BrokerCertificate(string certificateFile, string keyFile, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private SslStreamCertificateContext? _current;
    private (DateTime, DateTime) _stamp;
    private long _lookedAt;

    /// <summary>The certificate, with its chain.</summary>
    public SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            if (_current is not null && time.GetElapsedTime(_lookedAt) < LookAgainAfter) return _current;
            _lookedAt = time.GetTimestamp();
            var stamp = (File.GetLastWriteTimeUtc(certificateFile), File.GetLastWriteTimeUtc(keyFile));
            if (_current is not null && stamp == _stamp) return _current;
            try
            {
                var loaded = Load(certificateFile, keyFile);
                if (_current is not null) Log.CertificateRenewed(logger, certificateFile);
                (_current, _stamp) = (loaded, stamp);
            }
            catch (Exception exception) when (_current is not null && exception is IOException or CryptographicException or UnauthorizedAccessException)
            {
                Log.CertificateNotRenewed(logger, certificateFile, exception.Message);
            }

            return _current!;
        }
    }

    /// <summary>Tries both files.</summary>
    /// <returns>What is wrong with which of them: true stands for the certificate's, false for the key's; null where all is well.</returns>
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
            return (false, $"{keyFile} holds no PEM key for the certificate in {certificateFile}: {exception.Message}");
        }

        using (certificate)
        {
            return certificate.NotAfter.ToUniversalTime() < now.UtcDateTime
                ? (true, $"{certificateFile} expired at {certificate.NotAfter.ToUniversalTime():u}; renew it")
                : null;
        }
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

    private static SslStreamCertificateContext Load(string certificateFile, string keyFile)
    {
        var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        // Offline: what the file does not hold is not fetched from elsewhere.
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
