using System.Security.Cryptography;
using MetaCollector.Silo.Hosting;

namespace MetaCollector.Silo.Certificates;

/// <summary>
/// A value that is made from certificate files, which cert-manager or Kubernetes replaces while the program runs: made again when the content of a
/// file has changed. Files that cannot be used are logged, and the last value stays in use. Thread-safe.
/// </summary>
/// <remarks>Contents are compared, not times: the files of a mounted Secret are links whose own times never change.</remarks>
/// <param name="files">The files; log messages name the first.</param>
/// <param name="make">Makes the value from their contents.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets a message for each renewal and each failure.</param>
internal sealed class Renewed<T>(IReadOnlyList<string> files, Func<string[], T> make, TimeProvider time, ILogger logger) where T : class
{
    /// <summary><see cref="Current"/> reads the files again after this time.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile T? _current;
    private CertificateMetrics? _metrics;
    private string? _fault;
    private string[] _contents = [];
    private long _lookedAt;

    /// <summary>The value that was made last; reads no file once there is one.</summary>
    public T Last => _current ?? Current();

    /// <summary>From now on, counts renewals there.</summary>
    public void Measure(CertificateMetrics metrics) => _metrics = metrics;

    /// <summary>The newest value; reads the files where nobody has done so for <see cref="LookAgainAfter"/>.</summary>
    public T Current() => Read(LookAgainAfter);

    /// <summary>The newest value; reads the files now.</summary>
    public T Look() => Read(TimeSpan.Zero);

    private T Read(TimeSpan after)
    {
        lock (_lock)
        {
            if (_current is not null && time.GetElapsedTime(_lookedAt) < after) return _current;
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
                // Each fault is logged once, however often the files are read.
                if (_fault == exception.Message) return _current;
                _fault = exception.Message;
                Log.CertificateNotRenewed(logger, files[0], exception.Message);
                _metrics?.Refused();
            }

            return _current!;
        }
    }
}
