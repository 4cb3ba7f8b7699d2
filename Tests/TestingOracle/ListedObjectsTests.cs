using System.Text.Json.Nodes;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Streams;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.TestingOracle;

public sealed class ListedObjectsTests
{
    [Fact]
    public void Read_Pod_HasWhatDecides()
    {
        var pod = Read(ResourceKind.Pod, """
            { "metadata": { "name": "web-a", "generateName": "web-", "namespace": "shop", "uid": "u-1", "labels": { "app": "web" },
                "ownerReferences": [ { "apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u-0" },
                  { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u-2", "controller": true } ] },
              "spec": { "nodeName": "node-a" }, "status": { "podIP": "10.0.0.7" } }
            """);

        Assert.Equal(
            new Pod
            {
                Kind = ResourceKind.Pod, Name = "web-a", GenerateName = "web-", Namespace = "shop", Uid = Uid.Parse("u-1"), Node = "node-a", Ip = "10.0.0.7",
                Labels = LabelSet.Of([new("app", "web")]), Controller = new Owner("apps", "ReplicaSet", Uid.Parse("u-2")),
            },
            pod);
    }

    [Fact]
    public void Read_Service_HasItsSelector()
    {
        var service = Assert.IsType<Service>(Read(ResourceKind.Service, """
            { "metadata": { "name": "web", "namespace": "shop", "uid": "u-1" }, "spec": { "selector": { "app": "web" } } }
            """));
        Assert.Equal("app=web", service.Selector.ToString());
    }

    [Fact]
    public void Read_EndpointSlice_NamesPodsOfItsNamespaceOnly()
    {
        var slice = Assert.IsType<EndpointSlice>(Read(ResourceKind.EndpointSlice, """
            { "metadata": { "name": "db-1", "namespace": "shop", "uid": "u-1", "labels": { "kubernetes.io/service-name": "db" } },
              "endpoints": [ { "targetRef": { "kind": "Pod", "name": "db-0", "uid": "u-5" } }, { "targetRef": { "kind": "Pod", "name": "db-1", "namespace": "shop" } },
                { "targetRef": { "kind": "Pod", "name": "db-2", "namespace": "other" } }, { "targetRef": { "kind": "Node", "name": "n" } }, {} ] }
            """));
        Assert.Equal("db", slice.ServiceName);
        Assert.Equal([new PodTarget("db-0", Uid.Parse("u-5")), new PodTarget("db-1", default)], slice.Targets);
    }

    [Fact]
    public void Read_Namespace_IsItsOwn() =>
        Assert.Equal("shop", Read(ResourceKind.Namespace, """{ "metadata": { "name": "shop", "uid": "u-1" } }""").Namespace);

    [Fact]
    public void Between_HeldAndRelated_FindsEachDifference()
    {
        var (pod, service, gone, home) = (Pod("web").On("node-a").Labelled("app=web"), Service("web").Selecting("app=web"), Service("gone"), Namespace("default"));
        var expected = new RelatedOracle([pod, service, home], ResourceKinds.Standard).LinesFor("node-a");
        var log = LogOf(
            Told(gone, "Service", """{"name":"gone","namespace":"default"}"""), Told(home, "Namespace", """{"labels":{"old":"1"},"name":"default"}"""),
            Told(service, "Service", """{"name":"web","namespace":"default"}"""));
        var deviations = Deviations.Between(expected, log);
        var told = deviations.ToString().Split('\n');

        Assert.Equal((1, 1, 1), (deviations.Missing, deviations.Extra, deviations.Stale));
        Assert.Contains("default/web", Assert.Single(told, line => line.StartsWith("missing: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("default/gone", Assert.Single(told, line => line.StartsWith("extra: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("labels=old=1", Assert.Single(told, line => line.StartsWith("stale: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.False(deviations.IsClean);
        Assert.False(log.Holds(expected));
    }

    [Fact]
    public void Between_EverythingHeldAsItIs_IsEmpty()
    {
        var pod = Pod("web").On("node-a").WithIp("10.0.0.7").Labelled("app=web").GeneratedFrom("w-");
        var told = Told(pod, "Pod", """{"generateName":"w-","labels":{"app":"web"},"name":"web","namespace":"default"}""");
        told.Status = """{"podIP":"10.0.0.7"}""";
        told.Refs = new MetaCollector.Gateway.Wire.References { Resources = { ["Service"] = new ListOfStrings() } };
        var expected = new RelatedOracle([pod], ResourceKinds.Standard).LinesFor("node-a");

        Assert.Equal("missing 0, extra 0, stale 0", Deviations.Between(expected, LogOf(told)).ToString());
        Assert.True(LogOf(told).Holds(expected));
    }

    private static StreamLog LogOf(params Event[] events)
    {
        var log = new StreamLog(StreamClient.DefaultKinds);
        foreach (var told in events) log.Add(told);
        return log;
    }

    private static Event Told(Resource resource, string kind, string meta) => new() { Reason = "Create", Uid = resource.Uid.ToString(), Kind = kind, Meta = meta };

    private static Resource Read(ResourceKind kind, string json) => ListedObjects.Read((JsonObject)JsonNode.Parse(json)!, kind);
}
