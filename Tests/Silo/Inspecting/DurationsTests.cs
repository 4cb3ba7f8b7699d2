using MetaCollector.Silo.Inspecting;
using Xunit;

namespace MetaCollector.Tests.Silo.Inspecting;

public sealed class DurationsTests
{
    [Theory]
    [InlineData(-1, "0ms")]
    [InlineData(0.004, "4ms")]
    [InlineData(1.5, "1.5s")]
    [InlineData(40, "40s")]
    [InlineData(200, "3m20s")]
    [InlineData(18_720, "5h12m")]
    [InlineData(777_600, "9d")]
    public void Text_Seconds_IsShort(double seconds, string expected) => Assert.Equal(expected, Durations.Text(seconds));
}
