using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Api;

/// <summary>What the server fills in when an object is created.</summary>
internal sealed class Defaults
{
    private uint _nextClusterIP;

    public JsonMap Fill(ResourceType type, JsonMap document) => type.Kind switch
    {
        "Pod" => Pod(document),
        "Namespace" => Namespace(document),
        "Service" => Service(document),
        _ => document,
    };

    private static JsonMap Pod(JsonMap pod)
    {
        pod = Missing(pod, ["spec", "restartPolicy"], "Always");
        pod = Missing(pod, ["spec", "terminationGracePeriodSeconds"], 30);
        pod = Missing(pod, ["spec", "dnsPolicy"], "ClusterFirst");
        pod = Missing(pod, ["spec", "schedulerName"], "default-scheduler");
        pod = Missing(pod, ["spec", "enableServiceLinks"], true);
        return Missing(pod, ["status", "phase"], "Pending");
    }

    private static JsonMap Namespace(JsonMap ns)
    {
        ns = Missing(ns, ["metadata", "labels", "kubernetes.io/metadata.name"], ns.At("metadata", "name")!);
        ns = Missing(ns, ["spec", "finalizers"], new JsonList("kubernetes"));
        return Missing(ns, ["status", "phase"], "Active");
    }

    private JsonMap Service(JsonMap service)
    {
        service = Missing(service, ["spec", "type"], "ClusterIP");
        service = Missing(service, ["spec", "sessionAffinity"], "None");
        if (service.At("spec", "type")?.Text != "ExternalName" && service.At("spec", "clusterIP")?.Text is null or "")
        {
            var number = Interlocked.Increment(ref _nextClusterIP);
            var address = string.Create(CultureInfo.InvariantCulture, $"10.96.{(number / 250) & 255}.{(number % 250) + 1}");
            service = service.With(["spec", "clusterIP"], address);
        }

        if (service.At("spec", "clusterIP")?.Text is { } ip)
        {
            service = Missing(service, ["spec", "clusterIPs"], new JsonList(ip));
        }

        return Missing(service, ["status", "loadBalancer"], JsonMap.Empty);
    }

    private static JsonMap Missing(JsonMap document, ReadOnlySpan<string> path, Json value) =>
        document.At(path) is null ? document.With(path, value) : document;
}
