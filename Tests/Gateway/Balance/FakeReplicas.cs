using MetaCollector.Grains.Interfaces.Streams;

namespace MetaCollector.Tests.Gateway.Balance;

/// <summary>Other replicas with as many streams as the test says; none by default.</summary>
internal sealed class FakeReplicas : IOtherReplicas
{
    /// <summary>The streams of each.</summary>
    public int[] Streams { get; set; } = [];

    /// <summary>Whether one of them does not answer.</summary>
    public bool AreSilent { get; set; }

    /// <summary>How often they were asked.</summary>
    public int Asked { get; private set; }

    public Task<int[]> CountStreamsAsync()
    {
        Asked++;
        return AreSilent ? Task.FromException<int[]>(new TimeoutException("a replica does not answer")) : Task.FromResult(Streams);
    }
}
