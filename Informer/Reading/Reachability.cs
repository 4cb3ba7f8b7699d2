using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer.Reading;

/// <summary>Whether the API server can be reached, for all readers together: logs one line for a trouble, not one for each kind. Thread-safe.</summary>
internal sealed class Reachability(InformerStatus status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LateRepeat = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private long? _loggedAt;
    private long? _lateLoggedAt;
    private bool _isLogged;
    private string? _failed;
    private long _failedAt;

    /// <summary>The server could not be reached.</summary>
    public void Lost(Uri url, string reason)
    {
        if (Note(reason)) logger.CannotReach(url, reason);
    }

    /// <summary>The server answered that it cannot serve requests now.</summary>
    public void Failing(Uri url, string reason)
    {
        if (Note(reason)) logger.Failing(url, reason);
    }

    public void Unauthorized(Uri url, string reason)
    {
        if (Note($"credentials refused: {reason}")) logger.Unauthorized(url, reason);
    }

    /// <summary>A list found changes that a silent watch should have brought. Logged once for all kinds, which share the connection.</summary>
    public void WatchesAreLate(ResourceKind kind, int changes)
    {
        lock (_lock)
        {
            if (_lateLoggedAt is { } at && time.GetElapsedTime(at) < LateRepeat) return;
            _lateLoggedAt = time.GetTimestamp();
        }

        logger.WatchesAreLate(kind, changes);
    }

    /// <summary>A kind cannot be read, though the server answers. What several kinds fail with, as at a server that is no API server, is logged once.</summary>
    public void Failed(ResourceKind kind, string reason)
    {
        lock (_lock)
        {
            if (_failed == reason && time.GetElapsedTime(_failedAt) < Repeat) return;
            (_failed, _failedAt) = (reason, time.GetTimestamp());
        }

        logger.ReadingFailed(kind, reason);
    }

    /// <summary>The server answered normally.</summary>
    public void Reached(Uri url)
    {
        if (status.Trouble is null) return;
        lock (_lock)
        {
            status.Trouble = null;
            // Logs the end of a trouble only if its beginning was logged: an unstable server does not fill the log.
            if (!_isLogged) return;
            _isLogged = false;
        }

        logger.ReachedAgain(url);
    }

    private bool Note(string trouble)
    {
        lock (_lock)
        {
            status.Trouble = trouble;
            if (_loggedAt is { } at && time.GetElapsedTime(at) < Repeat) return false;
            _loggedAt = time.GetTimestamp();
            return _isLogged = true;
        }
    }
}
