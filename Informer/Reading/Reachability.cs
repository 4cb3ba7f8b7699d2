using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer.Reading;

/// <summary>What all readers know of the API server together, so that one trouble makes one log line and not one per kind. Thread-safe.</summary>
internal sealed class Reachability(InformerStatus status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Repeat = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long? _loggedAt;

    /// <summary>The server could not be reached.</summary>
    public void Lost(Uri url, string reason)
    {
        if (Note(reason)) logger.CannotReach(url, reason);
    }

    /// <summary>The server refuses our credentials.</summary>
    public void Unauthorized(Uri url, string reason)
    {
        if (Note($"credentials refused: {reason}")) logger.Unauthorized(url, reason);
    }

    /// <summary>The server answered.</summary>
    public void Reached(Uri url)
    {
        if (status.Trouble is null) return;
        lock (_lock)
        {
            if (status.Trouble is null) return;
            status.Trouble = null;
            _loggedAt = null;
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
            return true;
        }
    }
}
