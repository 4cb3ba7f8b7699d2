using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Chaos;

/// <summary>One replica, and whether it is being disturbed.</summary>
internal sealed class ChaosReplica(CollectorProcess collector) : IAsyncDisposable
{
    private volatile bool _isDisturbed;

    /// <summary>The process.</summary>
    public CollectorProcess Collector { get; } = collector;

    /// <summary>Whether something was done to it: its streams may break.</summary>
    public bool IsDisturbed
    {
        get => _isDisturbed;
        set => _isDisturbed = value;
    }

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => Collector.Process.HasExited;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Collector.DisposeAsync();
}
