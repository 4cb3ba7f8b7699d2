namespace MetaCollector.Simulator.Http;

/// <summary>Where a flow stands still while it is frozen. One caller freezes and thaws; the flow may wait meanwhile, on any thread.</summary>
internal sealed class FreezePoint
{
    private volatile TaskCompletionSource? _frozen;

    /// <summary>Ends when the flow is thawed; null while it is not frozen.</summary>
    public Task? Frozen => _frozen?.Task;

    /// <inheritdoc cref="IOpenWatch.Freeze"/>
    public bool Freeze()
    {
        _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return true;
    }

    /// <inheritdoc cref="IOpenWatch.Thaw"/>
    public bool Thaw()
    {
        var frozen = _frozen;
        _frozen = null;
        return frozen?.TrySetResult() ?? false;
    }
}
