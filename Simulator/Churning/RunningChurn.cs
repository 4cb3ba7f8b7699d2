namespace MetaCollector.Simulator.Churning;

/// <summary>Churn that is under way. Dispose it to end it.</summary>
public sealed class RunningChurn : IAsyncDisposable
{
    private readonly Churn _churn;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    internal RunningChurn(Churn churn, double perSecond)
    {
        _churn = churn;
        _running = Task.Run(() => churn.RunAsync(perSecond, _stopping.Token));
    }

    /// <summary>How many object changes were made until now.</summary>
    public long Changes => _churn.Changes;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }
}
