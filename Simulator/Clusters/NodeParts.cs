using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Nodes as they stand in real clusters.</summary>
internal static class NodeParts
{
    public static KubernetesObject Node(Dice dice, string name)
    {
        var time = dice.TimeWithin(60);
        return Kube.Node(name).WithUid(dice.Uid())
            .Labelled(
                ("kubernetes.io/arch", "amd64"), ("node.kubernetes.io/instance-type", "m6i.2xlarge"),
                ("topology.kubernetes.io/region", "eu-central-1"), ("topology.kubernetes.io/zone", dice.Pick(["eu-central-1a", "eu-central-1b", "eu-central-1c"])))
            .With("status", Json.Parse($$"""
                {
                  "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"}, "allocatable": {"cpu": "7800m", "memory": "30Gi", "pods": "110"},
                  "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "{{time}}", "lastTransitionTime": "{{time}}", "reason": "KubeletReady", "message": "kubelet is posting ready status"}],
                  "addresses": [{"type": "InternalIP", "address": "10.0.{{dice.Below(256)}}.{{dice.Below(256)}}"}, {"type": "Hostname", "address": "{{name}}"}],
                  "nodeInfo": {"machineID": "{{dice.Hex(32)}}", "kernelVersion": "6.8.0", "osImage": "Linux", "containerRuntimeVersion": "containerd://2.0.0",
                    "kubeletVersion": "v1.34.1", "operatingSystem": "linux", "architecture": "amd64"}
                }
                """));
    }
}
