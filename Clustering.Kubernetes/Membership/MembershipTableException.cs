namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The ConfigMap holds no membership table of this cluster.</summary>
public sealed class MembershipTableException : Exception
{
    /// <summary>An exception with the standard message.</summary>
    public MembershipTableException() : base("The membership table cannot be used.") { }

    /// <summary>An exception with this message.</summary>
    public MembershipTableException(string message) : base(message) { }

    /// <summary>An exception with this message and cause.</summary>
    public MembershipTableException(string message, Exception innerException) : base(message, innerException) { }
}
