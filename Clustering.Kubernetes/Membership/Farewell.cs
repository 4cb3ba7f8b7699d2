using System.Diagnostics.CodeAnalysis;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// Lets a stopping silo end although the API server fails: Orleans itself would repeat a failing write for minutes. Once the silo stops, an access is
/// repeated for a limited time; after the first that fails in that time, no further access is tried. Thread-safe.
/// </summary>
/// <param name="patience">How long an access is repeated.</param>
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

    /// <summary>Accesses the table; once accesses are given up, returns the result of <paramref name="otherwise"/>.</summary>
    public async Task<T> AccessAsync<T>(Func<CancellationToken, Task<T>> access, Func<T> otherwise, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (_over.IsCancellationRequested) return otherwise();
            using var limit = _hasBegun
                ? new CancellationTokenSource(Left(started) is { Ticks: > 0 } left ? left : TimeSpan.FromTicks(1), time)
                : new CancellationTokenSource();
            // When one access is given up, those under way are cancelled too.
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

    // Failures that a retry does not mend.
    private static bool IsFinal(Exception failure) => failure is MembershipTableException
        || failure is ApiException { Code: >= 400 and < 500 and not (408 or 409 or 429) };
}
