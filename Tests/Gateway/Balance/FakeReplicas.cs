using MetaCollector.Grains.Interfaces.Replicas;

namespace MetaCollector.Tests.Gateway.Balance;

/// <summary>Other replicas with as many streams as the test says; none by default.</summary>
internal sealed class FakeReplicas : IOtherReplicas
{
    private readonly TaskCompletionSource _some = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The streams of each. Once there were some, there is somebody.</summary>
    public int[] Streams
    {
        get;
        set
        {
            field = value;
            if (value.Length > 0) _some.TrySetResult();
        }
    } = [];

    /// <summary>Whether one of them does not answer.</summary>
    public bool AreSilent { get; set; }

    /// <summary>How often they were asked.</summary>
    public int Asked { get; private set; }

    /// <summary>Whether somebody has waited for others to come.</summary>
    public bool AreAwaited { get; private set; }

    public Task WaitForAnyAsync(CancellationToken cancellation)
    {
        AreAwaited = true;
        return _some.Task.WaitAsync(cancellation);
    }

    public Task<int[]> CountStreamsAsync()
    {
        Asked++;
        return AreSilent ? Task.FromException<int[]>(new TimeoutException("a replica does not answer")) : Task.FromResult(Streams);
    }
}
