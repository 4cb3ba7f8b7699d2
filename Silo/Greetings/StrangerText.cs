using System.Text.Json;

namespace MetaCollector.Silo.Greetings;

/// <summary>Texts about connections that could not be used: the peer, the cause, and what to do.</summary>
internal static class StrangerText
{
    /// <summary>The cause as a label of metrics.</summary>
    public static string Label(StrangerCause cause) => JsonNamingPolicy.SnakeCaseLower.ConvertName(cause.ToString());

    /// <summary>The text, one line.</summary>
    public static string Of(StrangerPort port, StrangerCause cause, string address) => $"somebody at {address} {What(port, cause)}";

    private static string What(StrangerPort port, StrangerCause cause) => (port, cause) switch
    {
        (StrangerPort.Broker, StrangerCause.PlaintextAtTlsPort) =>
            "speaks plaintext to the broker's TLS port: give that Falco's k8smeta the broker's authority (caPEMBundle)",
        (StrangerPort.Broker, StrangerCause.TlsAtPlaintextPort) =>
            "speaks TLS to this plaintext port: give the broker a certificate (--broker-server-cert), or take caPEMBundle out of that Falco's k8smeta",
        (StrangerPort.Broker, StrangerCause.NotHttp2) =>
            "speaks neither gRPC nor TLS to the broker's port, so it is no Falco: have probes ask /healthz at its own port, and see who else reaches this one",
        (StrangerPort.Broker, StrangerCause.CertificateRefused) =>
            "has no certificate that the broker takes (--broker-client-ca, --broker-client-names)",
        (StrangerPort.Broker, StrangerCause.HandshakeFailed) =>
            "ended the TLS handshake with the broker: it does not trust the broker's certificate (is caPEMBundle its authority, and does it bear the name that Falco "
            + "connects to?), or speaks nothing newer than TLS 1.1",
        (StrangerPort.Broker, _) => "does not finish the TLS handshake with the broker in time (--handshake-timeout): it is overloaded, or means no good",
        (_, StrangerCause.PlaintextAtTlsPort) =>
            "speaks plaintext to the TLS port of the replicas: is it a replica without --silo-cert? All have it, or none",
        (_, StrangerCause.TlsAtPlaintextPort) =>
            "speaks TLS to this plaintext port of the replicas: is it a replica with --silo-cert? All have it, or none",
        (_, StrangerCause.CertificateRefused) =>
            "has no certificate that replicas take: of the authority of --silo-ca, and with a name of this replica's own certificate",
        (_, StrangerCause.HandshakeFailed) =>
            "ended the TLS handshake at the port of the replicas: if it is a replica, it does not trust this one's certificate (--silo-ca)",
        _ => "does not finish the TLS handshake at the port of the replicas in time: if it is no replica, keep it off with a NetworkPolicy",
    };
}
