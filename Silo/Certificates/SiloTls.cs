using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Silo.Hosting;
using MetaCollector.Silo.Settings;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace MetaCollector.Silo.Certificates;

/// <summary>TLS between replicas, both sides with certificates.</summary>
internal static class SiloTls
{
    // A stranger that connects and says nothing is gone by then.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    /// <summary>Has replicas take each other for what their certificates prove, where the options name some.</summary>
    public static void AddSiloTls(this ISiloBuilder silo, CollectorOptions options)
    {
        if (options is not { SiloCertificateFile: { } certificate, SiloKeyFile: { } key, SiloAuthorityFile: { } authority }) return;
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<ILogger<SiloIdentity>, TimeProvider>((connections, logger, time) =>
        {
            var identity = new Renewed<SiloIdentity>(
                [certificate, key, authority], contents => SiloIdentity.Load(contents[0], contents[1], contents[2]), time, logger);
            var tls = Options(identity, logger);
            connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(tls));
            connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls));
        });
    }

    private static TlsOptions Options(Renewed<SiloIdentity> identity, ILogger logger) => new()
    {
        HandshakeTimeout = HandshakeTime,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        // Orleans asks for one; what both sides present is set for each connection, with its chain.
        LocalServerCertificateSelector = (_, _) => identity.Current().Certificate.TargetCertificate,
        RemoteCertificateValidation = (peer, _, errors) => IsTaken(identity.Current(), peer, errors, logger),
        OnAuthenticateAsServer = (_, server) =>
        {
            var now = identity.Current();
            var options = (SslServerAuthenticationOptions)server.SslServerAuthenticationOptions;
            options.ServerCertificateSelectionCallback = null;
            options.ServerCertificateContext = now.Certificate;
            options.CertificateChainPolicy = now.PeerPolicy();
        },
        OnAuthenticateAsClient = (_, client) =>
        {
            var now = identity.Current();
            var options = (SslClientAuthenticationOptions)client.SslClientAuthenticationOptions;
            options.LocalCertificateSelectionCallback = null;
            options.ClientCertificateContext = now.Certificate;
            options.CertificateChainPolicy = now.PeerPolicy();
        },
    };

    // Replicas are reached at addresses, which their certificates do not know: the name is judged by a rule of its own.
    private static bool IsTaken(SiloIdentity own, X509Certificate2 peer, SslPolicyErrors errors, ILogger logger)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None && own.IsNamesake(peer)) return true;
        Log.PeerRefused(logger, peer.Subject, errors == SslPolicyErrors.RemoteCertificateChainErrors
            ? "it is not of the authority of --silo-ca, or has expired"
            : "it bears none of the names of this replica's own certificate");
        return false;
    }
}
