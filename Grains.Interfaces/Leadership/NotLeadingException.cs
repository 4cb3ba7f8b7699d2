namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>The silo that was asked as leader does not lead, or is not in sync yet: ask again later, or somebody else.</summary>
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
