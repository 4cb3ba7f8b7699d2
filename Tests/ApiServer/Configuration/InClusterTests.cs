using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Proxies;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Configuration;

public sealed class InClusterTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serviceaccount");

    public InClusterTests() => File.WriteAllText(Path.Combine(_folder.FullName, "token"), "pod-token\n");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("10.96.0.1", "https://10.96.0.1/")]
    [InlineData("fd00::1", "https://[fd00::1]/")]
    [InlineData("[fd00::1]", "https://[fd00::1]/")]
    [InlineData("kubernetes.default.svc", "https://kubernetes.default.svc/")]
    public void Load_ServiceHost_IsTakenWithBracketsOrWithout(string host, string expected) =>
        Assert.Equal(expected, ClusterConfiguration.Load(null, Places(host)).Server.ToString());

    [Fact]
    public void Load_Pod_SignsInByTheServiceAccount()
    {
        var alone = ClusterConfiguration.Load(null, Places("10.96.0.1"));
        Assert.Equal((Path.Combine(_folder.FullName, "token"), null), (alone.User.TokenFile, alone.Authorities));

        using var authority = new Authority();
        var file = Path.Combine(_folder.FullName, "ca.crt");
        File.WriteAllText(file, authority.Pem);
        Assert.Equal(file, ClusterConfiguration.Load(null, Places("10.96.0.1")).Authorities!.File);
    }

    [Fact]
    public void Load_PodWithAProxy_HeedsNoProxy()
    {
        var proxy = Proxy.TryParse("http://proxy.example.org:3128", "HTTPS_PROXY");

        Assert.NotNull(ClusterConfiguration.Load(null, Places("10.96.0.1") with { Proxies = new(null, proxy, "") }).Proxy);
        Assert.Null(ClusterConfiguration.Load(null, Places("10.96.0.1") with { Proxies = new(null, proxy, "localhost,127.0.0.1,10.96.0.0/12,.svc") }).Proxy);
    }

    [Fact]
    public void Load_NoAddress_IsToldWithBothVariables()
    {
        var message = Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(null, Places("a b"))).Message;

        Assert.Contains("KUBERNETES_SERVICE_HOST 'a b' and KUBERNETES_SERVICE_PORT '443'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Namespace_Pod_IsItsOwn()
    {
        Assert.Null(Places("10.96.0.1").Namespace);
        File.WriteAllText(Path.Combine(_folder.FullName, "namespace"), "falco\n");
        Assert.Equal("falco", Places("10.96.0.1").Namespace);
    }

    private ConfigurationPlaces Places(string host) => new() { ServiceHost = host, ServicePort = "443", AccountFolder = _folder.FullName, Home = "/none" };
}
