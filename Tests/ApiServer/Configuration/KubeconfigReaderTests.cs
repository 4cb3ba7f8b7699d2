using MetaCollector.ApiServer.Configuration;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Configuration;

public sealed class KubeconfigReaderTests
{
    [Theory]
    [InlineData("https://api:6443", "", "https://api:6443/")]
    [InlineData("https://api/k8s/clusters/c-1", "", "https://api/k8s/clusters/c-1/")]
    [InlineData("https://[fd00::1]:6443", "", "https://[fd00::1]:6443/")]
    [InlineData("api:6443", "", "http://api:6443/")]
    [InlineData("api:6443", "insecure-skip-tls-verify: true", "https://api:6443/")]
    [InlineData("127.0.0.1:8080", "", "http://127.0.0.1:8080/")]
    public void Read_Server_IsReadAsClientGoReadsIt(string server, string more, string expected) =>
        Assert.Equal(expected, Accesses.Settings(Config($"{{server: \"{server}\", {more}}}", "{token: t}")).Server.ToString());

    [Theory]
    [InlineData("{}", "{}", "cluster 'k' has no server")]
    [InlineData("{server: \"ftp://x\"}", "{}", "server 'ftp://x' is no address")]
    [InlineData("{server: \"https://x\", certificate-authority: a, certificate-authority-data: YQ==}", "{}", "has both certificate-authority and certificate-authority-data")]
    [InlineData("{server: \"https://x\", certificate-authority: a, insecure-skip-tls-verify: true}", "{}", "has both a certificate-authority and insecure-skip-tls-verify")]
    [InlineData("{server: \"https://x\", certificate-authority-data: \"?\"}", "{}", "certificate-authority-data is no base64")]
    [InlineData("{server: \"https://x\", proxy-url: \"ftp://p\"}", "{}", "proxy-url 'ftp://p' is no address of a proxy")]
    [InlineData("{server: \"https://x\", proxy-url: \"p:1\"}", "{}", "proxy-url 'p:1' is no address of a proxy")]
    [InlineData("{server: \"https://x\"}", "{auth-provider: {name: gcp}}", "auth-provider 'gcp', which is not supported")]
    [InlineData("{server: \"https://x\"}", "{token: t, username: u}", "has both a token and a username or password")]
    [InlineData("{server: \"https://x\"}", "{client-certificate: c}", "has a client-certificate and no client-key")]
    [InlineData("{server: \"https://x\"}", "{as-groups: [g]}", "and no as: say who to act as")]
    [InlineData("{server: \"https://x\"}", "{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec has no command")]
    [InlineData("{server: \"https://x\"}", "{exec: {command: c, apiVersion: client.authentication.k8s.io/v1alpha1}}", "exec has apiVersion 'client.authentication.k8s.io/v1alpha1'")]
    [InlineData("{server: \"https://x\"}", "{exec: {command: c, apiVersion: client.authentication.k8s.io/v1, interactiveMode: No}}", "interactiveMode 'No'")]
    public void Read_WhatKubectlRefuses_IsRefusedInOneLine(string cluster, string user, string expected)
    {
        var message = Assert.Throws<ConnectionException>(() => Accesses.Settings(Config(cluster, user))).Message;

        Assert.StartsWith("kubeconfig: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Read_ContextsClusterOrUserThatAreMissing_AreNamed()
    {
        var config = Config("{server: \"https://x\"}", "{}");

        Assert.Contains("no cluster 'z'", Fault(config.Replace("cluster: k,", "cluster: z,", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("no user 'z'", Fault(config.Replace("user: u}", "user: z}", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ContextWithoutUser_IsAnonymous() =>
        Assert.Null(Accesses.Settings(Config("{server: \"https://x\"}", "{token: t}").Replace(", user: u}", "}", StringComparison.Ordinal)).User.Token);

    [Fact]
    public void Read_Json_IsAKubeconfigToo() => Assert.Equal("t", Accesses.Settings("""
        {"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "k", "cluster": {"server": "https://x"}}],
         "users": [{"name": "u", "user": {"token": "t"}}], "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}], "current-context": "c"}
        """).User.Token);

    private static string Fault(string config) => Assert.Throws<ConnectionException>(() => Accesses.Settings(config)).Message;

    private static string Config(string cluster, string user) => $$$"""
        apiVersion: v1
        kind: Config
        clusters: [{name: k, cluster: {{{cluster}}}}]
        users: [{name: u, user: {{{user}}}}]
        contexts: [{name: c, context: {cluster: k, user: u}}]
        current-context: c
        """;
}
