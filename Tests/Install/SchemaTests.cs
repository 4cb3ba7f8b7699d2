using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>Objects have the fields and types that the Kubernetes schemas give them, as the client library's models, made of those schemas, say.</summary>
public sealed class SchemaTests
{
    // Of operators: no part of Kubernetes.
    private static readonly string[] Custom = ["monitoring.coreos.com/v1", "cert-manager.io/v1", "security.istio.io/v1"];

    private static readonly JsonSerializerOptions Strict = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = false,
    };

    private static readonly Dictionary<(string ApiVersion, string Kind), Type> Models = typeof(V1Pod).Assembly.GetTypes()
        .Select(type => (Type: type, Entity: type.GetCustomAttribute<KubernetesEntityAttribute>()))
        .Where(model => model.Entity is not null && typeof(IKubernetesObject).IsAssignableFrom(model.Type))
        .GroupBy(model => (model.Entity!.Group is { Length: > 0 } group ? $"{group}/{model.Entity.ApiVersion}" : model.Entity.ApiVersion, model.Entity.Kind))
        .ToDictionary(models => models.Key, models => models.First().Type);

    [Theory]
    [InlineData("manifests/meta-collector.yaml")]
    [InlineData("manifests/monitor.yaml")]
    public void Manifest_EveryObject_FitsItsSchema(string file) => Check(Manifest.Parse(Repository.Read(file)));

    [Theory]
    [MemberData(nameof(RenderedChartTests.Examples), MemberType = typeof(RenderedChartTests))]
    public void Example_EveryObject_FitsItsSchema(string example) => Check(Helm.Template(Helm.Example(example)));

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"Service","spec":{"port":[]}}""")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"three"}}""")]
    [InlineData("""{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","spec":{"selector":{"labels":{}}}}""")]
    [InlineData("""{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","spec":{"ingress":[{"ports":[{"port":true}]}]}}""")]
    public void Object_Wrong_IsNoticed(string json) => Assert.NotNull(Fault(JsonNode.Parse(json)!.AsObject()));

    private static void Check(IReadOnlyList<JsonObject> objects)
    {
        Assert.NotEmpty(objects);
        Assert.All(objects.Where(item => !Custom.Contains((string?)item["apiVersion"])), item => Assert.Null(Fault(item)));
    }

    /// <summary>What does not fit the schema of an object's kind; null where all does.</summary>
    internal static string? Fault(JsonObject item)
    {
        var key = ((string)item["apiVersion"]!, (string)item["kind"]!);
        if (!Models.TryGetValue(key, out var model)) return $"Kubernetes knows no {key}";
        try
        {
            item.Deserialize(model, Strict);
            return null;
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException)
        {
            return $"{key.Item2} {(string?)item.At("metadata", "name")}: {fault.Message}";
        }
    }
}
