namespace MetaCollector.Testing.Chaos.Networking;

/// <summary>Who can reach whom: everybody, but for those who are cut apart. Thread-safe.</summary>
internal sealed class Network
{
    private readonly Lock _lock = new();
    private readonly HashSet<(string, string)> _cuts = [];
    private TaskCompletionSource _mended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on nothing goes between these two, in either direction.</summary>
    public void Cut(string one, string other)
    {
        lock (_lock) _cuts.Add((one, other));
    }

    /// <summary>All is as it was.</summary>
    public void Mend()
    {
        lock (_lock)
        {
            _cuts.Clear();
            _mended.SetResult();
            _mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits while these two are cut apart.</summary>
    public async Task UntilOpenAsync(string one, string other, CancellationToken cancellation)
    {
        while (true)
        {
            Task mended;
            lock (_lock)
            {
                if (!_cuts.Contains((one, other)) && !_cuts.Contains((other, one))) return;
                mended = _mended.Task;
            }

            await mended.WaitAsync(cancellation);
        }
    }
}
