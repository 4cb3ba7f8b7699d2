using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>Credentials from a credential plugin, which runs again when they expire or the server refuses them, at most once in five seconds. Thread-safe.</summary>
internal sealed class ExecCredentials(ConnectionSettings settings, TimeProvider time) : ICredentialSource, IDisposable
{
    private static readonly TimeSpan BetweenRuns = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _running = new(1, 1);
    private (Credential Credential, DateTimeOffset? Expires)? _known;
    private Credential? _refused;
    private long? _ranAt;

    public async ValueTask<Credential> GetAsync(CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            if (_known is var (known, expires) && !ReferenceEquals(known, _refused) && (expires is null || time.GetUtcNow() < expires)) return known;
            // The plugin may give credentials that have expired already, or that the server refuses.
            if (_known is { } last && _ranAt is { } at && time.GetElapsedTime(at) < BetweenRuns) return last.Credential;
            _ranAt = time.GetTimestamp();
            _known = await ExecPlugin.RunAsync(settings, cancellation);
            return _known.Value.Credential;
        }
        finally
        {
            _running.Release();
        }
    }

    public void Refused(Credential credential) => Volatile.Write(ref _refused, credential);

    public void Dispose() => _running.Dispose();
}
