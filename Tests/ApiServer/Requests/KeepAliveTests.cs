using MetaCollector.ApiServer.Requests;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Requests;

public sealed class KeepAliveTests
{
    [Fact]
    public void Of_NothingSet_IsWhatClientGoDoes() =>
        Assert.Equal(new KeepAlive(true, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15)), KeepAlive.Of(_ => null));

    [Theory]
    [InlineData("DISABLE_HTTP2", "1", false, 30, 15)]
    [InlineData("HTTP2_READ_IDLE_TIMEOUT_SECONDS", "120", true, 120, 15)]
    [InlineData("HTTP2_READ_IDLE_TIMEOUT_SECONDS", "x", true, 30, 15)]
    [InlineData("HTTP2_PING_TIMEOUT_SECONDS", "5", true, 30, 5)]
    public void Of_Variable_IsHeeded(string name, string value, bool http2, int delay, int timeout) => Assert.Equal(
        new KeepAlive(http2, TimeSpan.FromSeconds(delay), TimeSpan.FromSeconds(timeout)), KeepAlive.Of(asked => asked == name ? value : null));

    [Fact]
    public void Of_NoReadIdleTimeout_SendsNoPing() =>
        Assert.Equal(Timeout.InfiniteTimeSpan, KeepAlive.Of(name => name == "HTTP2_READ_IDLE_TIMEOUT_SECONDS" ? "0" : null).Delay);
}
