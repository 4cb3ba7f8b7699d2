namespace MetaCollector.Silo.Greetings;

/// <summary>What was seen of the beginning of one connection. Used by that connection's own flow alone.</summary>
internal sealed class Greeting
{
    private static readonly AsyncLocal<Greeting?> Flow = new();

    /// <summary>
    /// That of the connection whose handshake is under way; null outside of one. TLS asks about a certificate without saying whose
    /// connection it is about, but within its flow.
    /// </summary>
    public static Greeting? Current
    {
        get => Flow.Value;
        set => Flow.Value = value;
    }

    /// <summary>What the peer speaks.</summary>
    public Spoken Spoken { get; set; }

    /// <summary>Whether the handshake has succeeded. Without TLS there is none: then it never has, and what the peer speaks decides.</summary>
    public bool IsUnderstood { get; set; }

    /// <summary>Why the peer's certificate was refused, and whose it was; null where it was not.</summary>
    public string? Refusal { get; set; }
}
