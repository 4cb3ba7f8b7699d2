using MetaCollector.ApiServer.Proxies;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Proxies;

/// <summary>The rules of Go's <c>httpproxy</c>, case by case.</summary>
public sealed class ProxyRulesTests
{
    private const string Case08 = "localhost,127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,*.svc,.cluster.local";

    [Theory]
    [InlineData(Case08, "https://10.96.0.1:443", false)]
    [InlineData(Case08, "https://172.31.255.255:6443", false)]
    [InlineData(Case08, "https://172.32.0.1:6443", true)]
    [InlineData(Case08, "https://kubernetes.default.svc", false)]
    [InlineData(Case08, "https://kubernetes.default.svc.cluster.local", false)]
    [InlineData(Case08, "https://cluster.local", true)]
    [InlineData(Case08, "https://api.example.org", true)]
    [InlineData("", "https://localhost:6443", false)]
    [InlineData("", "https://127.8.9.10:6443", false)]
    [InlineData("", "https://[::1]:6443", false)]
    [InlineData("", "https://10.96.0.1:443", true)]
    [InlineData("*", "https://api.example.org", false)]
    [InlineData("other,*", "https://api.example.org", false)]
    [InlineData("example.org", "https://api.example.org", false)]
    [InlineData("example.org", "https://example.org", false)]
    [InlineData("example.org", "https://notexample.org", true)]
    [InlineData(".example.org", "https://example.org", true)]
    [InlineData(".example.org", "https://api.example.org", false)]
    [InlineData("*.example.org", "https://example.org", true)]
    [InlineData("*.example.org", "https://a.b.example.org", false)]
    [InlineData(" EXAMPLE.org , x", "https://API.Example.ORG", false)]
    [InlineData("example.org:6443", "https://api.example.org:6443", false)]
    [InlineData("example.org:6443", "https://api.example.org:443", true)]
    [InlineData("example.org:443", "https://api.example.org", false)]
    [InlineData("10.0.0.1", "https://10.0.0.1:6443", false)]
    [InlineData("10.0.0.1:443", "https://10.0.0.1:6443", true)]
    [InlineData("10.0.0.1:6443", "https://10.0.0.1:6443", false)]
    [InlineData("10.0.0.5/8", "https://10.200.0.1", false)]
    [InlineData("fd00::/8", "https://[fd12::1]:6443", false)]
    [InlineData("fd00::1", "https://[fd00::1]:6443", false)]
    [InlineData("[fd00::1]:6443", "https://[fd00::1]:6443", false)]
    [InlineData("[fd00::1]:443", "https://[fd00::1]:6443", true)]
    [InlineData("::ffff:10.0.0.1", "https://10.0.0.1", false)]
    [InlineData("10.0", "https://10.0.0.1", true)]
    [InlineData("10.0.0.0/33,:443,,/,*.", "https://10.0.0.1", true)]
    public void For_NoProxy_IsReadAsGoReadsIt(string except, string server, bool proxied)
    {
        var rules = ProxyRules.Of(Variables(("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", except)));

        Assert.Equal(proxied, rules.For(new Uri(server)) is not null);
    }

    [Theory]
    [InlineData("HTTPS_PROXY", "https://10.0.0.1", true)]
    [InlineData("https_proxy", "https://10.0.0.1", true)]
    [InlineData("HTTP_PROXY", "https://10.0.0.1", false)]
    [InlineData("HTTP_PROXY", "http://10.0.0.1", true)]
    [InlineData("HTTPS_PROXY", "http://10.0.0.1", false)]
    [InlineData("ALL_PROXY", "https://10.0.0.1", false)]
    public void For_Variables_AreThoseThatGoReads(string variable, string server, bool proxied) =>
        Assert.Equal(proxied, ProxyRules.Of(Variables((variable, "http://proxy:3128"))).For(new Uri(server)) is not null);

    [Theory]
    [InlineData("http://proxy:3128", "proxy http://proxy:3128 (from HTTPS_PROXY)")]
    [InlineData("proxy:3128", "proxy http://proxy:3128 (from HTTPS_PROXY)")]
    [InlineData("proxy", "proxy http://proxy:80 (from HTTPS_PROXY)")]
    [InlineData("https://proxy", "proxy https://proxy:443 (from HTTPS_PROXY)")]
    [InlineData("socks5://me:secret@proxy", "proxy socks5://proxy:1080 (from HTTPS_PROXY)")]
    [InlineData("ftp://proxy", null)]
    [InlineData("http://", null)]
    public void Of_Addresses_AreReadAsGoReadsThem(string address, string? told) =>
        Assert.Equal(told, ProxyRules.Of(Variables(("HTTPS_PROXY", address))).For(new Uri("https://10.0.0.1"))?.ToString());

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
