namespace MetaCollector.Grains.Bundles;

/// <summary>
/// The answers of the grains that a bundle asks. A grain that fails has none; one that is slow, as while it comes up after a loss, delays the answers of the
/// others by <see cref="Grace"/>, and where more than a tenth are slow, by at most <see cref="LongestWait"/>. Thread-safe.
/// </summary>
internal sealed class GatheredAnswers<TAnswer>(int items, int grains, TimeProvider time)
{
    /// <summary>Shorter than the timeout of a call (<see cref="GrainsHosting.ResponseTimeout"/>), so that the sender gets the answers of the grains that did answer.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    /// <summary>How long the last tenth of the grains is waited for, once all others have answered.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly TAnswer?[] _answers = new TAnswer?[items];
    private readonly TaskCompletionSource _most = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _answered;
    private bool _isClosed;

    /// <summary>Takes a grain's answers to its items once they are there. Never throws.</summary>
    /// <param name="places">The places of its items in the bundle.</param>
    /// <param name="asked">Its answers, in the same order.</param>
    public async Task TakeAsync(int[] places, Task<TAnswer[]> asked)
    {
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var answers = asked.IsCompletedSuccessfully ? await asked : [];
        lock (_lock)
        {
            for (var i = 0; !_isClosed && i < answers.Length; i++) _answers[places[i]] = answers[i];
            _answered++;
            if (_answered >= grains - (grains / 10)) _most.TrySetResult();
            if (_answered == grains) _all.TrySetResult();
        }
    }

    /// <summary>The answers by the places of their items; the default where a grain failed or did not answer in time.</summary>
    public async Task<TAnswer?[]> WaitAsync()
    {
        await _most.Task.WaitAsync(LongestWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _all.Task.WaitAsync(Grace, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            // Answers that arrive from here on are ignored.
            _isClosed = true;
            return _answers;
        }
    }
}
