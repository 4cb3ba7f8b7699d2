namespace MetaCollector.Silo.Greetings;

/// <summary>What is known of the beginning of one connection. Used by that connection's own flow alone.</summary>
internal sealed class Greeting
{
    private static readonly AsyncLocal<Greeting?> Flow = new();

    /// <summary>
    /// The greeting of the connection whose handshake is under way; null outside a handshake. The validation callback of a certificate does not get the
    /// connection, but runs in its flow.
    /// </summary>
    public static Greeting? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    public Spoken Spoken { get; set; }

    /// <summary>Whether the TLS handshake has succeeded; false without TLS, where <see cref="Spoken"/> decides.</summary>
    public bool IsUnderstood { get; set; }

    /// <summary>Why the peer's certificate was refused, with its subject; null where it was not refused.</summary>
    public string? Refusal { get; set; }
}
