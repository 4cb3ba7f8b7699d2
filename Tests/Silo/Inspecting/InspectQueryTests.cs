using MetaCollector.Silo.Inspecting;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MetaCollector.Tests.Silo.Inspecting;

public sealed class InspectQueryTests
{
    [Theory]
    [InlineData("/inspect/cluster", "cluster")]
    [InlineData("/inspect/node/worker-1.example", "node", "worker-1.example")]
    [InlineData("/inspect/namespace/shop", "namespace", "shop")]
    [InlineData("/inspect/pod/shop/web-1", "pod", "shop/web-1")]
    [InlineData("/inspect/node/a%2Fb", "node", "a/b")]
    public void Read_WhatToLookAt_IsAPath(string path, params string[] words) => Assert.Equal(path, Read(words, []).Query.Path);

    [Theory]
    [InlineData("inspect: needs what to look at: cluster | node NAME | namespace NAME | pod NAMESPACE/NAME")]
    [InlineData("inspect: 'nod' is nothing to look at; did you mean node?; it takes cluster | node NAME | namespace NAME | pod NAMESPACE/NAME", "nod")]
    [InlineData("inspect cluster: takes no name", "cluster", "x")]
    [InlineData("inspect node: needs one name, as in: inspect node NAME", "node")]
    [InlineData("inspect pod: needs the pod's namespace and name, as in: inspect pod default/web-1", "pod", "web-1")]
    [InlineData("inspect pod: needs the pod's namespace and name, as in: inspect pod default/web-1", "pod", "shop/")]
    public void Read_NothingThatCanBeLookedAt_IsAFault(string fault, params string[] words) => Assert.Equal([fault], Read(words, []).Faults);

    [Theory]
    [InlineData("http://127.0.0.1:8083/", "")]
    [InlineData("http://127.0.0.1:9000/", ":9000")]
    [InlineData("http://collector:9000/", "collector:9000")]
    public void Read_Address_MayBeShort(string address, string given) =>
        Assert.Equal(new Uri(address), Read(["cluster"], given.Length == 0 ? [] : new() { ["inspect-addr"] = given }).Query.Address);

    private static (InspectQuery Query, IReadOnlyList<string> Faults) Read(string[] words, Dictionary<string, string> flags)
    {
        var faults = new SettingFaults();
        var sources = new SettingSources(flags, new Dictionary<string, string>(), new ConfigurationBuilder().Build().GetSection("none"));
        return (InspectQuery.Read(words, new SettingParser(sources, faults), faults), faults.Lines);
    }
}
