using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Tls;

/// <summary>Reads authorities and client certificates from PEM.</summary>
internal static class CertificateBundle
{
    /// <summary>All certificates of a bundle, at least one; other PEM blocks are ignored.</summary>
    /// <exception cref="ConnectionException">The bundle has no certificate, or a broken one.</exception>
    public static X509Certificate2Collection Authorities(PemText pem)
    {
        var all = Read(pem, pem.Read());
        return all.Count > 0 ? all : throw new ConnectionException($"{pem.Name} holds no certificate in PEM");
    }

    /// <summary>A client certificate with its key and its intermediates.</summary>
    /// <exception cref="ConnectionException">Either is missing or broken, or they do not belong together.</exception>
    public static ClientCertificate Client(PemText certificate, PemText key)
    {
        var (text, secret) = (certificate.Read(), key.Read());
        try
        {
            using var ephemeral = X509Certificate2.CreateFromPem(text, secret);
            // TLS on Windows cannot use a key that is in memory alone.
            var own = OperatingSystem.IsWindows()
                ? X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null)
                : new X509Certificate2(ephemeral);
            X509Certificate2Collection others = [.. Read(certificate, text).Where(other => !other.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span))];
            return new(own, others);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new ConnectionException($"{certificate.Name} and {key.Name} are no pair of certificate and key: {exception.Message}", exception);
        }
    }

    private static X509Certificate2Collection Read(PemText pem, string text)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(text);
        }
        catch (CryptographicException exception)
        {
            throw new ConnectionException($"{pem.Name} holds a broken certificate: {exception.Message}", exception);
        }

        return all;
    }
}

/// <summary>A client certificate.</summary>
/// <param name="Own">Its certificate, with the key.</param>
/// <param name="Others">Its intermediates.</param>
internal sealed record ClientCertificate(X509Certificate2 Own, X509Certificate2Collection Others);
