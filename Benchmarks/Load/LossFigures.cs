using MetaCollector.Benchmarks.Reporting;

namespace MetaCollector.Benchmarks.Load;

/// <summary>What the loss of a replica meant while changes went on.</summary>
internal sealed record LossFigures
{
    /// <summary>From a change after the kill to its event on a stream of another replica, in milliseconds.</summary>
    public required Percentiles Elsewhere { get; init; }

    /// <summary>From a change after the kill to its event on the new stream of a node whose replica it was, in milliseconds.</summary>
    public required Percentiles Moved { get; init; }

    /// <summary>From the kill until a stream that it ended was complete elsewhere, in milliseconds; the plugin's pause of a second included.</summary>
    public required Percentiles CompleteAgain { get; init; }

    /// <summary>Changes after the kill that no stream was told of.</summary>
    public required int Untold { get; init; }

    /// <summary>Streams of other replicas that ended.</summary>
    public required int Broken { get; init; }

    /// <summary>CPU of the survivors in the time after the kill.</summary>
    public required TimeSpan Cpu { get; init; }

    /// <summary>CPU of all replicas in as much time before it, at the same rate of changes.</summary>
    public required TimeSpan CpuBefore { get; init; }

    /// <summary>As rows for people.</summary>
    public void AddTo(Report report)
    {
        report.Add("loss: delay on other replicas, p50", Elsewhere.At(50), "ms");
        report.Add("loss: delay on other replicas, p99", Elsewhere.At(99), "ms");
        report.Add("loss: delay on other replicas, longest", Elsewhere.At(100), "ms");
        report.Add("loss: delay on streams that moved, p50", Moved.At(50), "ms");
        report.Add("loss: delay on streams that moved, longest", Moved.At(100), "ms");
        report.Add("loss: streams that moved", CompleteAgain.Count, "");
        report.Add("loss: complete again, p50", CompleteAgain.At(50), "ms");
        report.Add("loss: complete again, last", CompleteAgain.At(100), "ms");
        report.Add("loss: changes that nobody was told of", Untold, "");
        report.Add("loss: streams broken on other replicas", Broken, "");
        report.Add("loss: CPU of the survivors", Cpu.TotalSeconds, "s");
        report.Add("loss: CPU of all in as much time before", CpuBefore.TotalSeconds, "s");
    }
}
