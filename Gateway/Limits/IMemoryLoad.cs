namespace MetaCollector.Gateway.Limits;

/// <summary>Measures memory use. Thread-safe.</summary>
internal interface IMemoryLoad
{
    /// <summary>The used fraction of the memory: 0 to 1.</summary>
    double Fraction { get; }

    /// <summary>Requests a new measurement.</summary>
    void Refresh();
}

/// <summary>The heap after the last garbage collection, as a fraction of what the runtime may use for it.</summary>
internal sealed class HeapLoad : IMemoryLoad
{
    public double Fraction
    {
        get
        {
            var info = GC.GetGCMemoryInfo();
            return info.TotalAvailableMemoryBytes == 0 ? 0 : (double)info.HeapSizeBytes / info.TotalAvailableMemoryBytes;
        }
    }

    public void Refresh() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
}
