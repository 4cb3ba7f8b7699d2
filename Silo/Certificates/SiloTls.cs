using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Silo.Greetings;
using MetaCollector.Silo.Hosting;
using MetaCollector.Silo.Settings;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace MetaCollector.Silo.Certificates;

/// <summary>Mutual TLS between replicas, and the <see cref="StrangerWatch"/> at their port.</summary>
internal static class SiloTls
{
    // Closes a connection whose peer sends nothing.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    /// <summary>Adds mutual TLS where the options name certificates; plaintext otherwise.</summary>
    public static void AddSiloTls(this ISiloBuilder silo, CollectorOptions options)
    {
        if (options is not { SiloCertificateFile: { } certificate, SiloKeyFile: { } key, SiloAuthorityFile: { } authority })
        {
            silo.Services.AddOptions<SiloConnectionOptions>().Configure<IServiceProvider>((connections, services) =>
                connections.ConfigureSiloInboundConnection(connection => connection.UseStrangerWatch(services.WatchOf(StrangerPort.Replicas, null), null)));
            return;
        }

        silo.Services.AddSingleton(services => new Renewed<SiloIdentity>(
            [certificate, key, authority], contents => SiloIdentity.Load(contents[0], contents[1], contents[2]),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SiloIdentity>>()));
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<Renewed<SiloIdentity>, IServiceProvider>((connections, identity, services) =>
        {
            identity.Measure(new CertificateMetrics(
                services.GetRequiredService<IMeterFactory>(), "replicas", () => identity.Current().Certificate.TargetCertificate));
            var tls = Options(identity, services.GetRequiredService<ILogger<SiloIdentity>>());
            var watch = services.WatchOf(StrangerPort.Replicas, HandshakeTime);
            connections.ConfigureSiloInboundConnection(connection => connection.UseStrangerWatch(watch, () => connection.UseServerTls(tls)));
            connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls));
        });
    }

    private static TlsOptions Options(Renewed<SiloIdentity> identity, ILogger logger) => new()
    {
        HandshakeTimeout = HandshakeTime,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        // Orleans requires one; the callbacks below set the certificate of each connection, with its chain.
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

    // Replicas connect to IP addresses, which are not in their certificates: IsNamesake checks the name instead.
    private static bool IsTaken(SiloIdentity own, X509Certificate2 peer, SslPolicyErrors errors, ILogger logger)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None && own.IsNamesake(peer)) return true;
        var why = errors == SslPolicyErrors.RemoteCertificateChainErrors
            ? "is not of the authority of --silo-ca, or has expired"
            : "bears none of the names of this replica's own certificate";
        // StrangerWatch logs a refused peer that connected to us, since it knows the address; a refused peer that we connected to is logged here.
        if (Greeting.Current is { } greeting) greeting.Refusal = $"that of {peer.Subject} {why}";
        else Log.ReplicaRefused(logger, peer.Subject, why);
        return false;
    }
}
