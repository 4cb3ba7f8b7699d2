using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>The simulator takes what the chart renders, and keeps it.</summary>
public sealed class SimulatedServerTests
{
    [Theory]
    [MemberData(nameof(RenderedChartTests.Examples), MemberType = typeof(RenderedChartTests))]
    public async Task Example_Rendered_IsTakenAndKept(string example)
    {
        var objects = Helm.Template(Helm.Example(example));
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "admin" }, TestContext.Current.CancellationToken);
        using var server = ApiServer.Of(simulator);
        var namespaces = objects.Select(item => (string?)item.At("metadata", "namespace")).OfType<string>().Distinct();
        foreach (var name in namespaces) simulator.Objects.Create(MetaCollector.Simulator.Objects.Kube.Namespace(name));

        foreach (var item in objects)
        {
            await server.CreateAsync(item);
            var kept = await server.SendAsync(HttpMethod.Get, ApiServer.PathOf(item));
            Assert.Equal(item["spec"]?["selector"]?.ToJsonString(), kept["spec"]?["selector"]?.ToJsonString());
            Assert.Equal(item["rules"]?.ToJsonString(), kept["rules"]?.ToJsonString());
            Assert.Equal(item["data"]?.ToJsonString(), kept["data"]?.ToJsonString());
        }
    }
}
