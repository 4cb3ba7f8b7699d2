using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.Testing.Processes;

/// <summary>A soak fails when something grows, and not by chance.</summary>
public sealed class RestTests
{
    private const double Mebibyte = 1024 * 1024;

    private static readonly Rest Usual = new(40 * Mebibyte, 180 * Mebibyte, 120, 30, 50, 20, 12);

    [Fact]
    public void Growth_OfNothing_IsNone() => Assert.Empty(Rest.Growth([Usual, Usual, Usual, Usual]));

    [Fact]
    public void Growth_OneSampleThatStandsOut_IsChance() => Assert.Empty(Rest.Growth(
        [Usual, Usual, Usual, Usual, Usual, Usual, Usual with { Heap = 90 * Mebibyte, Batches = 900, NamespaceGrains = 30 }, Usual]));

    [Theory]
    [InlineData("heap", "managed heap")]
    [InlineData("resident", "resident")]
    [InlineData("files", "open files")]
    [InlineData("threads", "threads")]
    [InlineData("nodes", "activations for nodes")]
    [InlineData("namespaces", "activations for namespaces")]
    [InlineData("batches", "batches")]
    public void Growth_ThatStays_IsNamed(string what, string named)
    {
        var grown = what switch
        {
            "heap" => Usual with { Heap = 60 * Mebibyte },
            "resident" => Usual with { Resident = 220 * Mebibyte },
            "files" => Usual with { Files = 140 },
            "threads" => Usual with { Threads = 40 },
            "nodes" => Usual with { NodeGrains = 51 },
            "namespaces" => Usual with { NamespaceGrains = 21 },
            _ => Usual with { Batches = 40 },
        };

        Assert.StartsWith(named, Assert.Single(Rest.Growth([Usual, Usual, grown, grown])), StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_AreReadByNameAndLabel()
    {
        const string Metrics = "# TYPE a gauge\na{grain=\"NodeGrain\"} 3\na{grain=\"ResourceGrain\"} 4.5\nab 100\na_total 7\n";

        Assert.Equal(7.5, MetricsText.Sum(Metrics, "a"));
        Assert.Equal(3, MetricsText.Sum(Metrics, "a", "grain=\"NodeGrain\""));
        Assert.Equal(100, MetricsText.Sum(Metrics, "ab"));
        Assert.Throws<KeyNotFoundException>(() => MetricsText.Sum(Metrics, "b"));
        Assert.Throws<KeyNotFoundException>(() => MetricsText.Sum(Metrics, "a", "grain=\"OtherGrain\""));
    }
}
