using k8s.Models;
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
            if (_record is not null) Put(edit(_record), _record.Metadata!.CreationTimestamp);
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
            return record.Metadata!.ResourceVersion == _record?.Metadata!.ResourceVersion ? Put(record, _record.Metadata.CreationTimestamp) : null;
        }
    }

    private LeaseRecord Put(LeaseRecord record, DateTime? created) => _record = record with
    {
        Metadata = new V1ObjectMeta { ResourceVersion = $"{++_version}", CreationTimestamp = created },
    };
}
