using MetaCollector.Silo.Settings;
using Xunit;

namespace MetaCollector.Tests.Silo.Settings;

public sealed class BindAddressTests
{
    [Theory]
    [InlineData(":8080", ":8080")]
    [InlineData("0.0.0.0:8080", "0.0.0.0:8080")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("[::1]:8080", "[::1]:8080")]
    [InlineData("[::]:8080", "[::]:8080")]
    [InlineData("localhost:65535", "127.0.0.1:65535")]
    public void Parse_AsGoWritesThem_Reads(string text, string expected)
    {
        Assert.Null(BindAddress.Parse(text, out var address));
        Assert.Equal(expected, address!.ToString());
    }

    [Theory]
    [InlineData("8080", "has no port")]
    [InlineData(":65536", "is not a port")]
    [InlineData(":-1", "is not a port")]
    [InlineData(":http", "is not a port")]
    [InlineData(":", "is not a port")]
    [InlineData("::1:8080", "is not an IP address")]
    [InlineData("1:8080", "is not an IP address")]
    [InlineData("example.com:8080", "is not an IP address")]
    public void Parse_Nonsense_SaysWhat(string text, string fault)
    {
        Assert.Contains(fault, BindAddress.Parse(text, out var address), StringComparison.Ordinal);
        Assert.Null(address);
    }

    [Theory]
    [InlineData(":1", ":1", true)]
    [InlineData(":1", "127.0.0.1:1", true)]
    [InlineData("[::]:1", "127.0.0.1:1", true)]
    [InlineData("127.0.0.2:1", "127.0.0.1:1", false)]
    [InlineData(":1", ":2", false)]
    [InlineData(":0", ":0", false)]
    public void Collides_SamePortOfOverlappingAddresses_True(string first, string second, bool expected)
    {
        BindAddress.Parse(first, out var one);
        BindAddress.Parse(second, out var other);
        Assert.Equal(expected, one!.Collides(other!));
        Assert.Equal(expected, other!.Collides(one));
    }
}
