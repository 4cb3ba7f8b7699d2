using System.Text.Json.Nodes;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Settings;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The program takes what the Deployment gives it.</summary>
public sealed class ProgramInterfaceTests
{
    [Fact]
    public void Arguments_OfTheManifest_AreTakenByTheProgram() =>
        AssertTaken(Manifest.Parse(Repository.Read("manifests/meta-collector.yaml")).One("Deployment"));

    [Theory]
    [InlineData("default")]
    [InlineData("one-replica")]
    [InlineData("published")]
    [InlineData("everything")]
    [InlineData("cert-manager")]
    [InlineData("mesh")]
    public void Arguments_OfAnExample_AreTakenByTheProgram(string example) => AssertTaken(Helm.Template(Helm.Example(example)).One("Deployment"));

    [Fact]
    public void GracePeriod_OfTheManifest_OutlastsTheShutdown()
    {
        var deployment = Manifest.Parse(Repository.Read("manifests/meta-collector.yaml")).One("Deployment");
        var options = Read(deployment);
        var grace = TimeSpan.FromSeconds((long)deployment.PodSpec()["terminationGracePeriodSeconds"]!);
        Assert.True(grace > options.DrainTime + TimeSpan.FromSeconds(15), $"{grace}");
    }

    [Fact]
    public void Ports_OfTheManifest_AreTheProgramsDefaults()
    {
        var deployment = Manifest.Parse(Repository.Read("manifests/meta-collector.yaml")).One("Deployment");
        var options = Read(deployment);
        var ports = deployment.Container()["ports"]!.AsArray().ToDictionary(port => (string)port!["name"]!, port => (long)port!["containerPort"]!);
        Assert.Equal(options.Broker.Port, ports["broker-grpc"]);
        Assert.Equal(options.Metrics!.Port, ports["metrics"]);
        Assert.Equal(options.Probes!.Port, ports["health-probe"]);
        Assert.Equal(options.SiloPort, ports["silo"]);
    }

    private static void AssertTaken(JsonObject deployment)
    {
        Assert.Equal(["/metacollector"], deployment.Container()["command"].Strings());
        Assert.Equal("run", deployment.Arguments()[0]);
        Read(deployment);
    }

    private static CollectorOptions Read(JsonObject deployment)
    {
        var faults = new SettingFaults();
        var (flags, others) = GoFlags.Read([.. deployment.Arguments().Skip(1)], RunSettings.All, faults);
        var environment = (deployment.Container()["env"]?.AsArray() ?? []).ToDictionary(
            variable => (string)variable!["name"]!, variable => (string?)variable!["value"] ?? (string?)variable.At("valueFrom", "fieldRef", "fieldPath") switch
            {
                "status.podIP" => "10.0.0.7",
                "metadata.namespace" => "somewhere",
                "metadata.name" => "metacollector-1",
                "metadata.uid" => "0bf54a8e-3f0c-4a0d-9f1e-6f1f7f1b2c3d",
                var path => throw new InvalidOperationException(path),
            });
        var sources = new SettingSources(flags, environment, new ConfigurationBuilder().Build().GetSection(Setting.Section));
        var options = OptionsReader.Read(sources, new Surroundings(environment, IsTerminal: false, environment.GetValueOrDefault("POD_NAMESPACE")), faults);
        Assert.Empty(others);
        Assert.Empty(faults.Lines);
        if (options.Clustering == ClusteringMode.Kubernetes)
        {
            Assert.Equal("somewhere", options.Namespace);
            Assert.Equal("metacollector-1", options.PodName);
            Assert.NotNull(options.PodUid);
            Assert.Equal("10.0.0.7", options.SiloAddress.ToString());
        }

        return options;
    }
}
