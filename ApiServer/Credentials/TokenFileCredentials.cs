using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>
/// A token in a file that Kubernetes or another program renews: read again every ten seconds, and at once after the server refused the token. While the file
/// cannot be read, the last token stays in use. Thread-safe.
/// </summary>
/// <param name="source">The configuration that names the file, for messages.</param>
/// <param name="file">The file.</param>
/// <param name="fallback">A token to use where the file has never been read; null for none.</param>
/// <param name="time">The clock.</param>
internal sealed class TokenFileCredentials(string source, string file, string? fallback, TimeProvider time) : ICredentialSource
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Credential? _known;
    private long? _readAt;

    /// <exception cref="ConnectionException">The file is missing, unreadable or empty.</exception>
    public static string Read(string source, string file)
    {
        var token = TextFile.Read($"{source}: token file {file}", file).Trim();
        return token.Length > 0 ? token : throw new ConnectionException($"{source}: token file {file} is empty");
    }

    public ValueTask<Credential> GetAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_known is not null && _readAt is { } at && time.GetElapsedTime(at) < Fresh) return new(_known);
            try
            {
                var authorization = "Bearer " + Read(source, file);
                if (_known?.Authorization != authorization) _known = new(authorization);
            }
            catch (ConnectionException) when ((_known ?? Fallback) is { } last)
            {
                _known = last;
            }

            _readAt = time.GetTimestamp();
            return new(_known!);
        }
    }

    public void Refused(Credential credential)
    {
        // The token stays known, in case the file cannot be read.
        lock (_lock) _readAt = null;
    }

    private Credential? Fallback => fallback is null ? null : new("Bearer " + fallback);
}
