using System.Globalization;
using System.Text.Json.Nodes;
using MetaCollector.Clustering.Kubernetes.Leasing;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

/// <summary>A Lease in memory. Thread-safe.</summary>
internal sealed class FakeLease(TimeProvider time)
{
    private readonly Lock _lock = new();
    private LeaseRecord? _record;
    private long _version;

    public LeaseRecord? Record
    {
        get { lock (_lock) return _record; }
    }

    public void Delete()
    {
        lock (_lock) _record = null;
    }

    /// <summary>Edits it by hand.</summary>
    public void Edit(Func<LeaseRecord, LeaseRecord> edit)
    {
        lock (_lock)
        {
            if (_record is not null) Put(edit(_record), Created(_record));
        }
    }

    public LeaseRecord? TryCreate(LeaseRecord record)
    {
        lock (_lock) return _record is null ? Put(record, time.GetUtcNow().UtcDateTime) : null;
    }

    public LeaseRecord? TryReplace(LeaseRecord record)
    {
        lock (_lock)
        {
            return Version(record) == (_record is null ? null : Version(_record)) ? Put(record, Created(_record!)) : null;
        }
    }

    private LeaseRecord Put(LeaseRecord record, DateTime? created) => _record = record with
    {
        Metadata = new JsonObject
        {
            ["resourceVersion"] = $"{++_version}", ["creationTimestamp"] = created?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        },
    };

    private static string Version(LeaseRecord record) => (string)record.Metadata!["resourceVersion"]!;

    private static DateTime? Created(LeaseRecord record) => LeaseRecord.Time(record.Metadata!["creationTimestamp"]);
}
