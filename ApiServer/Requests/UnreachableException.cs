namespace MetaCollector.ApiServer.Requests;

/// <summary>No answer came from the API server. The message is one line for a human, and names the proxy where there is one.</summary>
/// <param name="message">The message.</param>
/// <param name="innerException">The cause, if any.</param>
/// <param name="isTls">Whether the two sides could not agree on TLS.</param>
public sealed class UnreachableException(string message, Exception? innerException = null, bool isTls = false) : IOException(message, innerException)
{
    /// <summary>Whether the two sides could not agree on TLS: a certificate may have been replaced.</summary>
    public bool IsTls => isTls;
}
