using MetaCollector.ApiServer.Proxies;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Tests.ApiServer.Servers;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Requests;

/// <summary>Requests through proxies, over real sockets. The server's address in them leads nowhere by itself.</summary>
public sealed class ProxyTests
{
    private const string Server = "https://203.0.113.10:6443";

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Call_ProxyUrl_GoesByThatProxy(string scheme)
    {
        await using var rig = await RigAsync();
        await using var proxy = scheme == "http" ? TestProxy.Http(rig.Front.Port) : TestProxy.Socks(rig.Front.Port);

        await Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"{scheme}://127.0.0.1:{proxy.Port}\"", server: Server)));

        Assert.Contains("203.0.113.10:6443", Assert.Single(proxy.Asked), StringComparison.Ordinal);
        Assert.Equal("HTTP/2", Assert.Single(rig.Simulator.Requests.All).Protocol);
        Assert.Contains("is reached through the proxy", Assert.Single(rig.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_HttpsProxy_IsSpokenToByTls()
    {
        await using var rig = await RigAsync();
        await using var inner = TestProxy.Http(rig.Front.Port);
        await using var proxy = TlsEnd.Before(inner.Port, () => rig.Authority.Serving("127.0.0.1"));

        await Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"https://127.0.0.1:{proxy.Port}\"", server: Server)));

        Assert.StartsWith("CONNECT 203.0.113.10:6443 HTTP/1.1", Assert.Single(inner.Asked), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ServerBehindTheProxyWithAnotherName_IsRefused()
    {
        await using var rig = await Rig.StartAsync();
        await using var proxy = TestProxy.Http(rig.Front.Port);

        var refusal = await Assert.ThrowsAsync<UnreachableException>(() => Rig.AskAsync(
            rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"http://127.0.0.1:{proxy.Port}\"", server: Server))));

        Assert.Equal(
            $"TLS: the server's certificate is for 127.0.0.1, not for 203.0.113.10 (through the proxy http://127.0.0.1:{proxy.Port} (from proxy-url))",
            refusal.Message);
        Assert.Equal(0, rig.Front.RequestBytes);
    }

    [Fact]
    public async Task Call_ProxiesThatAskForAPassword_AreGivenIt()
    {
        await using var rig = await RigAsync();
        await using var http = TestProxy.Http(rig.Front.Port);
        await using var socks = TestProxy.Socks(rig.Front.Port, "p@ss");

        await Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"http://me:p%40ss@127.0.0.1:{http.Port}\"", server: Server)));
        await Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"socks5://me:p%40ss@127.0.0.1:{socks.Port}\"", server: Server)));

        Assert.Contains($"Proxy-Authorization: Basic {Rig.Base64("me:p@ss")}", Assert.Single(http.Asked), StringComparison.Ordinal);
        Assert.Equal(["user me", "203.0.113.10:6443"], socks.Asked);
        Assert.DoesNotContain("p@ss", string.Join(' ', rig.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ProxyOfTheEnvironment_IsAskedUnlessTheServerIsExempt()
    {
        await using var rig = await RigAsync();
        await using var proxy = TestProxy.Http(rig.Front.Port);
        var named = Proxy.TryParse($"http://127.0.0.1:{proxy.Port}", "HTTPS_PROXY");

        await Rig.AskAsync(rig.Connect(rig.Config(server: Server), new ProxyRules(null, named, "10.0.0.0/8")));
        Assert.Single(proxy.Asked);
        // Loopback is always reached directly.
        rig.Serving = [rig.Authority.Serving("127.0.0.1")];
        await Rig.AskAsync(rig.Connect(rig.Config(), new ProxyRules(null, named, null)));
        Assert.Single(proxy.Asked);
    }

    [Theory]
    [InlineData("http", "403 Forbidden", "refused CONNECT 203.0.113.10:6443: 403 Forbidden")]
    [InlineData("http", "407 Proxy Authentication Required", "refused CONNECT 203.0.113.10:6443: 407 Proxy Authentication Required")]
    [InlineData("socks5", "", "refused its user and password")]
    public async Task Call_ProxyThatRefuses_IsNamed(string scheme, string status, string reason)
    {
        await using var rig = await RigAsync();
        await using var proxy = scheme == "http" ? TestProxy.Http(rig.Front.Port, status) : TestProxy.Socks(rig.Front.Port, "secret");
        var url = $"{scheme}://{(scheme == "http" ? "" : "me:wrong@")}127.0.0.1:{proxy.Port}";

        var refusal = await Assert.ThrowsAsync<UnreachableException>(() => Rig.AskAsync(rig.Connect(rig.Config($"certificate-authority: ca.crt, proxy-url: \"{url}\"", server: Server))));

        Assert.Equal($"the proxy {scheme}://127.0.0.1:{proxy.Port} (from proxy-url) {reason}", refusal.Message);
    }

    [Fact]
    public async Task Call_ProxyThatIsNotThere_IsNamedAndNotTheServer()
    {
        await using var rig = await RigAsync();

        var refusal = await Assert.ThrowsAsync<UnreachableException>(
            () => Rig.AskAsync(rig.Connect(rig.Config(server: Server), new ProxyRules(null, Proxy.TryParse("127.0.0.1:1", "HTTPS_PROXY"), null))));

        Assert.Equal("the proxy http://127.0.0.1:1 (from HTTPS_PROXY) cannot be reached: Connection refused", refusal.Message);
    }

    private static async Task<Rig> RigAsync()
    {
        var rig = await Rig.StartAsync();
        rig.Serving = [rig.Authority.Serving("203.0.113.10")];
        return rig;
    }
}
