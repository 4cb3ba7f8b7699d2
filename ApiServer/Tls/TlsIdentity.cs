using System.Net.Security;
using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Tls;

/// <summary>The authorities to trust and the client certificate to present, on new connections. Immutable; replaced when a file changes.</summary>
internal sealed class TlsIdentity
{
    private readonly string _text;

    private TlsIdentity(string text, ServerVerification verification, SslStreamCertificateContext? certificate) =>
        (_text, Verification, Certificate) = (text, verification, certificate);

    public ServerVerification Verification { get; }

    /// <summary>The client certificate; null for none.</summary>
    public SslStreamCertificateContext? Certificate { get; }

    /// <summary>Reads the files that the settings name.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="given">A client certificate and key from elsewhere, in PEM; null for those of the settings.</param>
    /// <param name="before">The identity that was read before; returned where nothing has changed.</param>
    /// <exception cref="ConnectionException">A file cannot be used.</exception>
    public static TlsIdentity Of(ConnectionSettings settings, (PemText Certificate, PemText Key)? given, TlsIdentity? before = null)
    {
        (PemText Certificate, PemText Key)? own = settings.User is { Certificate: { } certificate, Key: { } key } ? (certificate, key) : given;
        var text = string.Join('\0', new[] { settings.Authorities, own?.Certificate, own?.Key }.Select(pem => pem?.Read()));
        if (before?._text == text) return before;
        var authorities = settings.Authorities is { } bundle ? CertificateBundle.Authorities(bundle) : null;
        var presented = own is null ? null : CertificateBundle.Client(own.Value.Certificate, own.Value.Key);
        return new TlsIdentity(
            text,
            new ServerVerification(authorities, settings.SkipTlsVerify),
            presented is null ? null : SslStreamCertificateContext.Create(presented.Own, presented.Others, offline: true));
    }
}
