using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Testing.Chaos;

/// <summary>What the replicas keep at the API server: the Lease, the membership table and their pods; read and edited beside HTTP. Thread-safe.</summary>
internal sealed class ControlPlane(ApiServerSimulator simulator)
{
    /// <summary>The namespace of it all.</summary>
    public const string Namespace = "metacollector";

    /// <summary>The name of Lease and table.</summary>
    public const string Name = "metacollector";

    /// <summary>Who holds the Lease; empty where nobody does.</summary>
    public string Holder => (string?)simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name)?.ToJsonObject()["spec"]?["holderIdentity"] ?? "";

    /// <summary>Whether this replica holds the Lease.</summary>
    public bool Leads(ChaosReplica replica) => IsOf(Holder, replica);

    /// <summary>Whether the table says that this replica is dead.</summary>
    public bool IsDeclaredDead(ChaosReplica replica)
    {
        if ((string?)simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name)?.ToJsonObject()["data"]?["membership.json"] is not { } text) return false;
        var row = JsonNode.Parse(text)!["silos"]!.AsArray().FirstOrDefault(row => IsOf((string)row!["silo"]!, replica));
        return (string?)row?["status"] == "Dead";
    }

    /// <summary>Deletes the Lease.</summary>
    public void DeleteLease() => simulator.Objects.Delete(ResourceTypes.Leases, Namespace, Name);

    /// <summary>Deletes the membership table.</summary>
    public void DeleteTable() => simulator.Objects.Delete(ResourceTypes.ConfigMaps, Namespace, Name);

    /// <summary>A pod for a replica, on no node that anybody asks for.</summary>
    public KubernetesObject CreatePod(string name) => simulator.Objects.Create(Kube.Pod(name).In(Namespace).WithIP("127.0.0.1"));

    /// <summary>Deletes the pod of a replica, if it is still there.</summary>
    public void DeletePod(ChaosReplica replica)
    {
        if (replica.Pod is { } pod && simulator.Objects.Get(pod) is not null) simulator.Objects.Delete(pod);
    }

    private static bool IsOf(string silo, ChaosReplica replica) => silo.Contains($":{replica.Collector.SiloPort}@", StringComparison.Ordinal);
}
