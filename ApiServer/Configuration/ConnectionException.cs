namespace MetaCollector.ApiServer.Configuration;

/// <summary>
/// The configuration that says how to reach the API server is missing or wrong. The message is one line for a human: which file,
/// what is wrong with it, what to do.
/// </summary>
/// <param name="message">The line.</param>
/// <param name="innerException">What was behind it, if anything.</param>
public sealed class ConnectionException(string message, Exception? innerException = null) : Exception(message, innerException);
