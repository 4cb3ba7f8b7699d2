using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Silo.Greetings;
using MetaCollector.Silo.Hosting;
using MetaCollector.Silo.Settings;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace MetaCollector.Silo.Certificates;

/// <summary>TLS between replicas, both sides with certificates, and the watch for strangers at their port.</summary>
internal static class SiloTls
{
    // A stranger that connects and says nothing is gone by then.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    /// <summary>Has replicas take each other for what their certificates prove, where the options name some.</summary>
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
        var why = errors == SslPolicyErrors.RemoteCertificateChainErrors
            ? "is not of the authority of --silo-ca, or has expired"
            : "bears none of the names of this replica's own certificate";
        // Whoever came is told of by the watch, which knows the address; a replica that was gone to is told of here.
        if (Greeting.Current is { } greeting) greeting.Refusal = $"that of {peer.Subject} {why}";
        else Log.ReplicaRefused(logger, peer.Subject, why);
        return false;
    }
}
