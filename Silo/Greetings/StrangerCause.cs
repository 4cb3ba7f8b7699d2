using System.Buffers;

namespace MetaCollector.Silo.Greetings;

/// <summary>A port that other programs connect to.</summary>
internal enum StrangerPort
{
    /// <summary>Falco's port.</summary>
    Broker,

    Replicas,
}

/// <summary>Why a connection could not be used.</summary>
internal enum StrangerCause
{
    /// <summary>The port speaks TLS, and the peer plaintext.</summary>
    PlaintextAtTlsPort,

    /// <summary>The port speaks plaintext, and the peer TLS.</summary>
    TlsAtPlaintextPort,

    /// <summary>Neither TLS nor HTTP/2: a browser, a probe, a scanner.</summary>
    NotHttp2,

    /// <summary>The peer's certificate was refused, or it has none and needs one.</summary>
    CertificateRefused,

    /// <summary>The peer did not finish the TLS handshake in time.</summary>
    HandshakeTimeout,

    /// <summary>The handshake failed otherwise: the peer does not trust our certificate, or both have no version or cipher in common.</summary>
    HandshakeFailed,
}

/// <summary>What a peer speaks, by its first bytes.</summary>
internal enum Spoken
{
    /// <summary>It has sent nothing.</summary>
    Nothing,

    /// <summary>A record of TLS.</summary>
    Tls,

    /// <summary>The preface of HTTP/2.</summary>
    Http2,

    Other,
}

/// <summary>Finds out what a peer speaks, and why its connection could not be used.</summary>
internal static class Judgement
{
    // A handshake record of TLS 1.0 to 1.3 begins with its type and the major version (RFC 8446, 5.1).
    private const byte TlsHandshake = 22;
    private const byte TlsMajorVersion = 3;

    private static int Enough => Preface.Length;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>What a peer speaks, by its first bytes.</summary>
    public static Spoken Of(ReadOnlySpan<byte> first)
    {
        if (first.IsEmpty) return Spoken.Nothing;
        if (first[0] == TlsHandshake && (first.Length == 1 || first[1] == TlsMajorVersion)) return Spoken.Tls;
        return Preface.StartsWith(first[..Math.Min(first.Length, Enough)]) ? Spoken.Http2 : Spoken.Other;
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static Spoken Of(ReadOnlySequence<byte> first)
    {
        var head = first.Slice(0, Math.Min(Enough, first.Length));
        return head.IsSingleSegment ? Of(head.FirstSpan) : Of(head.ToArray());
    }

    /// <summary>Why a connection could not be used; null where it was used, or the peer sent nothing.</summary>
    /// <param name="port">The port.</param>
    /// <param name="isTls">Whether the port speaks TLS.</param>
    /// <param name="greeting">The beginning of the connection.</param>
    /// <param name="isLate">Whether the handshake ran into its timeout.</param>
    public static StrangerCause? Of(StrangerPort port, bool isTls, Greeting greeting, bool isLate) => (isTls, greeting) switch
    {
        (_, { IsUnderstood: true }) => null,
        (true, { Refusal: not null }) => StrangerCause.CertificateRefused,
        (true, { Spoken: Spoken.Http2 or Spoken.Other }) => StrangerCause.PlaintextAtTlsPort,
        (true, _) when isLate => StrangerCause.HandshakeTimeout,
        (true, { Spoken: Spoken.Tls }) => StrangerCause.HandshakeFailed,
        (false, { Spoken: Spoken.Tls }) => StrangerCause.TlsAtPlaintextPort,
        (false, { Spoken: Spoken.Other }) when port == StrangerPort.Broker => StrangerCause.NotHttp2,
        // Load balancers connect and close, to check the port.
        _ => null,
    };
}
