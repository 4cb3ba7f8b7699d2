using MetaCollector.Clustering.Kubernetes.Api;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Api;

public sealed class CountingHandlerTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces/falco/configmaps/metacollector", "get", "configmaps")]
    [InlineData("PUT", "/apis/coordination.k8s.io/v1/namespaces/falco/leases/metacollector", "update", "leases")]
    [InlineData("POST", "/apis/coordination.k8s.io/v1/namespaces/falco/leases", "create", "leases")]
    [InlineData("GET", "/api/v1/namespaces/falco/pods?labelSelector=a%3Db", "list", "pods")]
    [InlineData("GET", "/api/v1/namespaces/falco/pods?labelSelector=a%3Db&watch=true", "watch", "pods")]
    [InlineData("GET", "/proxy/of/somebody/api/v1/namespaces/falco/pods", "list", "pods")]
    [InlineData("GET", "/version", "get", "other")]
    [InlineData("GET", "/api/v1/namespaces/falco", "get", "other")]
    public void Describe_Request_IsAsRbacSeesIt(string method, string path, string verb, string resource) =>
        Assert.Equal((verb, resource), CountingHandler.Describe(new HttpMethod(method), new Uri("https://127.0.0.1:6443" + path)));
}
