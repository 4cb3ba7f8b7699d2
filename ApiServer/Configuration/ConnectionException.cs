namespace MetaCollector.ApiServer.Configuration;

/// <summary>
/// The configuration that says how to reach the API server is missing or wrong. The message is one line for a human: which file,
/// what is wrong with it, what to do.
/// </summary>
/// <param name="message">The message; is made one line, since it may quote a file.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class ConnectionException(string message, Exception? innerException = null) : Exception(OneLine.Of(message), innerException);
