namespace MetaCollector.Gateway.Limits;

/// <summary>How much of the memory that there is is in use. Thread-safe.</summary>
internal interface IMemoryLoad
{
    /// <summary>How full it is: 0 to 1.</summary>
    double Fraction { get; }

    /// <summary>Has what is in use measured anew, before long.</summary>
    void Refresh();
}

/// <summary>The heap, as the last garbage collection left it, against what the runtime may use for it.</summary>
internal sealed class HeapLoad : IMemoryLoad
{
    /// <inheritdoc/>
    public double Fraction
    {
        get
        {
            var info = GC.GetGCMemoryInfo();
            return info.TotalAvailableMemoryBytes == 0 ? 0 : (double)info.HeapSizeBytes / info.TotalAvailableMemoryBytes;
        }
    }

    /// <inheritdoc/>
    public void Refresh() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
}
