using MetaCollector.Gateway.Limits;

namespace MetaCollector.Tests.Gateway.Limits;

/// <summary>Memory that is as full as the test says; empty by default.</summary>
internal sealed class FakeMemory : IMemoryLoad
{
    public double Fraction { get; set; }

    /// <summary>How often it was to be measured anew.</summary>
    public int Refreshed { get; private set; }

    public void Refresh() => Refreshed++;
}
