using System.Diagnostics.CodeAnalysis;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// Sees to it that a silo that stops does end, whatever the API server says or does not say: Orleans repeats a write that fails for
/// minutes. Once begun, an access is repeated here for a while, and after the first that fails all the same, none is tried any more. Thread-safe.
/// </summary>
/// <param name="patience">How long an access is tried.</param>
/// <param name="time">The clock.</param>
/// <param name="giveUp">Called once, with the reason, when the first access has failed.</param>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer holds nothing.")]
internal sealed class Farewell(TimeSpan patience, TimeProvider time, Action<Exception> giveUp)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _over = new();
    private volatile bool _hasBegun;
    private int _gaveUp;

    /// <summary>The silo stops.</summary>
    public void Begin() => _hasBegun = true;

    /// <summary>Accesses the table, with what <paramref name="otherwise"/> gives in place of its answer once it is over.</summary>
    public async Task<T> AccessAsync<T>(Func<CancellationToken, Task<T>> access, Func<T> otherwise, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (_over.IsCancellationRequested) return otherwise();
            using var limit = _hasBegun
                ? new CancellationTokenSource(Left(started) is { Ticks: > 0 } left ? left : TimeSpan.FromTicks(1), time)
                : new CancellationTokenSource();
            // One that was under way when the first was given up has nobody left to wait for it.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token, _over.Token);
            try
            {
                return await access(either.Token);
            }
            catch (Exception) when (_over.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                return otherwise();
            }
            catch (Exception e) when (_hasBegun && !cancellation.IsCancellationRequested)
            {
                if (IsFinal(e) || Left(started) <= Pause)
                {
                    var reason = limit.IsCancellationRequested
                        ? new TimeoutException($"the API server did not answer within {patience.TotalSeconds:0.#} s")
                        : e;
                    if (Interlocked.Exchange(ref _gaveUp, 1) == 0) giveUp(reason);
                    await _over.CancelAsync();
                    return otherwise();
                }
            }

            await Task.Delay(Pause, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan Left(long started) => patience - time.GetElapsedTime(started);

    // What another attempt in the same second does not change.
    private static bool IsFinal(Exception failure) => failure is MembershipTableException
        || failure is ApiException { Code: >= 400 and < 500 and not (408 or 409 or 429) };
}
