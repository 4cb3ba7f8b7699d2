namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>The silo that was asked does not lead, or is not in sync yet. Ask again later, or ask the silo that leads.</summary>
[GenerateSerializer, Alias("MetaCollector.NotLeadingException")]
public sealed class NotLeadingException : Exception
{
    /// <summary>An exception with the standard message.</summary>
    public NotLeadingException() : base("this silo does not lead, or its leader is not in sync yet") { }

    /// <summary>An exception with this message.</summary>
    public NotLeadingException(string message) : base(message) { }

    /// <summary>An exception with this message and cause.</summary>
    public NotLeadingException(string message, Exception innerException) : base(message, innerException) { }
}
