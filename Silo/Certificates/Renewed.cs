using System.Security.Cryptography;
using MetaCollector.Silo.Hosting;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// What is made of certificate files that others replace while the program runs (cert-manager, Kubernetes): made again when their
/// content has changed; files that cannot be used are logged, and what there was stays. Thread-safe.
/// </summary>
/// <remarks>The content is compared and not the times of the files: those of a mounted Secret are links, which never change themselves.</remarks>
/// <typeparam name="T">What is made.</typeparam>
/// <param name="files">The files; the first is named in the log.</param>
/// <param name="make">Makes it of their contents.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told.</param>
internal sealed class Renewed<T>(IReadOnlyList<string> files, Func<string[], T> make, TimeProvider time, ILogger logger) where T : class
{
    /// <summary>For how long files are not looked at again.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private T? _current;
    private CertificateMetrics? _metrics;
    private string? _fault;
    private string[] _contents = [];
    private long _lookedAt;

    /// <summary>From now on, counts renewals there.</summary>
    public void Measure(CertificateMetrics metrics) => _metrics = metrics;

    /// <summary>The newest that could be made.</summary>
    public T Current()
    {
        lock (_lock)
        {
            if (_current is not null && time.GetElapsedTime(_lookedAt) < LookAgainAfter) return _current;
            _lookedAt = time.GetTimestamp();
            try
            {
                string[] contents = [.. files.Select(File.ReadAllText)];
                if (_current is not null && contents.SequenceEqual(_contents))
                {
                    if (_fault is not null) _metrics?.Usable();
                    _fault = null;
                    return _current;
                }

                var made = make(contents);
                if (_current is not null)
                {
                    Log.CertificateRenewed(logger, files[0]);
                    _metrics?.Taken();
                }

                (_current, _contents, _fault) = (made, contents, null);
            }
            catch (Exception exception) when (_current is not null
                && exception is IOException or CryptographicException or ArgumentException or UnauthorizedAccessException)
            {
                // Once for each fault: it is looked at again before long.
                if (_fault == exception.Message) return _current;
                _fault = exception.Message;
                Log.CertificateNotRenewed(logger, files[0], exception.Message);
                _metrics?.Refused();
            }

            return _current!;
        }
    }
}
