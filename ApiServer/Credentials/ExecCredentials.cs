using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>Credentials of a program, which is run again when they expire or were refused, and not more often than it helps. Thread-safe.</summary>
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
            // What it gives may be refused or expired as soon as it gives it.
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
