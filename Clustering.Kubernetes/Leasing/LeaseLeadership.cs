using System.Diagnostics.CodeAnalysis;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

public sealed partial class LeaseElector
{
    /// <summary>One won election: renews the Lease until it is released or lost. Thread-safe.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "Token sources without timers hold nothing; tokens outlive the leadership.")]
    public sealed class LeaseLeadership
    {
        private readonly LeaseElector _elector;
        private readonly CancellationTokenSource _lost = new();
        private readonly CancellationTokenSource _over = new();
        private readonly Lock _lock = new();
        private readonly Task _renewing;
        private LeaseRecord _record;
        private Task<bool>? _ended;

        internal LeaseLeadership(LeaseElector elector, LeaseRecord record, long term)
        {
            (_elector, _record, Term) = (elector, record, term);
            Lost = _lost.Token;
            elector._instruments.Acquired();
            _renewing = Task.Run(RenewAsync);
        }

        /// <summary>The term: higher than that of every election before.</summary>
        public long Term { get; }

        /// <summary>Cancelled once this process knows of a newer leader; a failed renewal does not cancel it.</summary>
        public CancellationToken Lost { get; }

        /// <summary>
        /// Releases the Lease, so that another candidate can take it at once. May be called more than once and after <see cref="Lost"/>;
        /// does not throw; takes no longer than <see cref="LeaseElectorOptions.ReleaseTimeout"/>.
        /// </summary>
        /// <returns>Whether another candidate can take the Lease: false where it could not be released, or is gone.</returns>
        public Task<bool> ReleaseAsync() => EndAsync("given up", release: true);

        internal void Lose(string reason)
        {
            lock (_lock)
            {
                if (_over.IsCancellationRequested) return;
                _over.Cancel();
            }

            Log.Lost(_elector._log, _elector.Identity, Term, reason);
            _elector._instruments.Ended(lost: true);
            _lost.Cancel();
        }

        internal Task<bool> EndAsync(string reason, bool release)
        {
            lock (_lock) return _ended ??= EndOnceAsync(reason, release);
        }

        private async Task<bool> EndOnceAsync(string reason, bool release)
        {
            await Task.Yield();
            bool held;
            lock (_lock)
            {
                held = !_over.IsCancellationRequested;
                _over.Cancel();
            }

            if (held)
            {
                Log.GivenUp(_elector._log, _elector.Identity, Term, reason);
                _elector._instruments.Ended(lost: false);
                if (!release) await _lost.CancelAsync();
            }

            using var giveUp = new CancellationTokenSource(_elector._options.ReleaseTimeout, _elector._time);
            try
            {
                // Wait for a renewal under way: the release has to replace what it writes.
                await _renewing.WaitAsync(giveUp.Token);
                return !release || !held || await WithdrawAsync(giveUp.Token);
            }
            catch (Exception e)
            {
                var why = giveUp.IsCancellationRequested
                    ? $"the API server did not answer within {_elector._options.ReleaseTimeout.TotalSeconds:0.#} s"
                    : ApiException.Describe(e);
                Log.CannotRelease(_elector._log, _elector.Identity, _elector._options.Namespace, _elector._options.Name, why);
                return false;
            }
        }

        private async Task<bool> WithdrawAsync(CancellationToken cancellation)
        {
            while (_record.Holder == _elector.Identity && _record.Term == Term)
            {
                if (await _elector._store.TryReplaceAsync(_record with { Holder = "" }, cancellation) is not null) return true;
                if (await _elector._store.ReadAsync(cancellation) is not { } seen) return false;
                _record = seen;
            }

            return true;
        }

        private async Task RenewAsync()
        {
            var failures = 0;
            while (!_over.IsCancellationRequested)
            {
                try
                {
                    var interval = failures == 0 ? _elector._options.RenewInterval : _elector._options.RetryInterval;
                    await Task.Delay(_elector.Jittered(interval), _elector._time, _over.Token);
                    if (!await RenewOnceAsync()) return;
                    if (failures > 0) Log.RenewedAgain(_elector._log, _elector.Identity, Term, failures);
                    failures = 0;
                    _elector.Trouble = null;
                }
                catch (OperationCanceledException) when (_over.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    if (failures++ == 0) Log.CannotRenew(_elector._log, e, _elector.Identity, Term);
                    _elector.Trouble = ApiException.Describe(e);
                    _elector._instruments.RenewalFailed();
                }
            }
        }

        // False where the leadership is over.
        private async Task<bool> RenewOnceAsync()
        {
            var renewed = Renewal(_record);
            while (!_over.IsCancellationRequested)
            {
                if (await _elector._store.TryReplaceAsync(renewed, CancellationToken.None) is { } written)
                {
                    _record = written;
                    return true;
                }

                var seen = await _elector._store.ReadAsync(CancellationToken.None);
                if (seen is null)
                {
                    if (await _elector._store.TryCreateAsync(renewed with { Metadata = null }, CancellationToken.None) is not { } created) continue;
                    Log.Recreated(_elector._log, _elector.Identity, Term);
                    _record = created;
                    return true;
                }

                if (IsTaken(seen))
                {
                    Lose($"the Lease has term {seen.Transitions}, of {(seen.Holder.Length > 0 ? seen.Holder : "somebody who gave it up")}");
                    return false;
                }

                if (seen.Holder != _elector.Identity || seen.Transitions != Term)
                    Log.Restored(_elector._log, _elector.Identity, Term, seen.Holder, seen.Transitions);
                renewed = Renewal(seen);
            }

            return false;
        }

        // Another process that took the Lease wrote a newer term, or another acquireTime; it may have released the Lease since.
        // Any other difference was written by hand, and the next renewal overwrites it.
        private bool IsTaken(LeaseRecord seen) =>
            seen.Holder != _elector.Identity && (seen.Term > Term || (seen.Term == Term && seen.AcquireTime != _record.AcquireTime));

        private LeaseRecord Renewal(LeaseRecord seen) => seen with
        {
            Holder = _elector.Identity,
            Transitions = Term,
            AcquireTime = _record.AcquireTime,
            RenewTime = _elector._time.GetUtcNow().UtcDateTime,
        };
    }
}
