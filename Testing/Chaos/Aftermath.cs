using System.Diagnostics;

namespace MetaCollector.Testing.Chaos;

/// <summary>Watches the control plane from a disturbance on: when another replica took the Lease, and when the disturbed ones were declared dead.</summary>
internal sealed class Aftermath : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly ControlPlane _plane;
    private readonly ChaosReplica[] _victims;
    private readonly string _holder;
    private readonly HashSet<ChaosReplica> _dead = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private long _elected;
    private long _lastDeath;

    /// <summary>Begins, just before the disturbance.</summary>
    public Aftermath(ControlPlane plane, ChaosReplica[] victims)
    {
        (_plane, _victims, _holder) = (plane, victims, plane.Holder);
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>When another replica had taken the Lease, by <see cref="Stopwatch"/>; null where none has.</summary>
    public long? Elected => Interlocked.Read(ref _elected) is > 0 and var moment ? moment : null;

    /// <summary>When the last of the disturbed replicas had been declared dead; null where one has not.</summary>
    public long? DeclaredDead => _victims.Length > 0 && Interlocked.Read(ref _lastDeath) is > 0 and var moment ? moment : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            if (_elected == 0 && _plane.Holder is { Length: > 0 } holder && holder != _holder) Interlocked.Exchange(ref _elected, Stopwatch.GetTimestamp());
            if (_lastDeath == 0)
            {
                foreach (var victim in _victims.Where(victim => !_dead.Contains(victim)).Where(_plane.IsDeclaredDead)) _dead.Add(victim);
                if (_dead.Count == _victims.Length) Interlocked.Exchange(ref _lastDeath, Stopwatch.GetTimestamp());
            }

            await Task.Delay(LookEvery, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
