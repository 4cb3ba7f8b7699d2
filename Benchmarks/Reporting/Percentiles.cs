namespace MetaCollector.Benchmarks.Reporting;

/// <summary>Percentiles of a set of measurements.</summary>
internal sealed class Percentiles
{
    private readonly double[] _sorted;

    /// <summary>Of these values, in any order.</summary>
    public Percentiles(IEnumerable<double> values)
    {
        _sorted = [.. values];
        Array.Sort(_sorted);
    }

    /// <summary>Of nothing.</summary>
    public static Percentiles None { get; } = new([]);

    /// <summary>How many there are.</summary>
    public int Count => _sorted.Length;

    /// <summary>The smallest value that <paramref name="percent"/> of all do not exceed; NaN where there are none.</summary>
    public double At(double percent) =>
        _sorted.Length == 0 ? double.NaN : _sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}
