using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Tests.Grains.Histories;

/// <summary>What happens in a <see cref="ClusterStep"/>.</summary>
internal enum Verb : byte
{
    Create, Delete, Label, GiveIp, Bind, Own, Select, Aim, Watch, Deliver, Snapshot, Send, Answer, Lose, Replay, Replace, Verify, Term, Refuse,
}

/// <summary>
/// One step of a history. Every value is legal, and says by itself what is to happen; what cannot happen when it is played (the
/// deletion of what is not there) does not. So any part of a history is a history, which is what shrinking asks for.
/// </summary>
/// <param name="Verb">What happens.</param>
/// <param name="A">To whom, by <see cref="Slots"/>.</param>
/// <param name="B">The first choice.</param>
/// <param name="C">The second choice.</param>
internal readonly record struct ClusterStep(Verb Verb, byte A, byte B, byte C)
{
    private static readonly string[][] LabelSets = [[], ["app=a"], ["app=b"], ["app=a", "tier=x"], ["app=b", "tier=x"], ["tier=x"]];
    private static readonly string?[] Ips = [null, "10.0.0.1", "10.0.0.2"];

    public const int PodCount = 6, ServiceCount = 10, SliceCount = 4;

    /// <summary>The nodes; the last stands for a pod that is not bound.</summary>
    public static string[] Nodes { get; } = ["node-a", "node-b", "node-c", ""];

    /// <summary>Everything that may exist: kind and name.</summary>
    public static (ResourceKind Kind, string Name)[] Slots { get; } =
    [
        .. Enumerable.Range(0, PodCount).Select(n => (ResourceKind.Pod, $"pod-{n}")),
        (ResourceKind.Namespace, "shop"),
        (ResourceKind.ReplicaSet, "rs"), (ResourceKind.ReplicaSet, "rs-1"), (ResourceKind.ReplicaSet, "rs-2"),
        (ResourceKind.Deployment, "rs"), (ResourceKind.Deployment, "deploy-1"),
        (ResourceKind.DaemonSet, "ds"), (ResourceKind.ReplicationController, "rc"),
        (ResourceKind.StatefulSet, "sts"), (ResourceKind.Job, "job"), (ResourceKind.CronJob, "cron"),
        .. Enumerable.Range(0, ServiceCount).Select(n => (ResourceKind.Service, $"svc-{n}")),
        .. Enumerable.Range(0, SliceCount).Select(n => (ResourceKind.EndpointSlice, $"slice-{n}")),
    ];

    public int Slot => A % Slots.Length;

    public int Pod => A % PodCount;

    public int Service => Array.FindIndex(Slots, slot => slot.Kind == ResourceKind.Service) + A % ServiceCount;

    public int Slice => Array.FindIndex(Slots, slot => slot.Kind == ResourceKind.EndpointSlice) + A % SliceCount;

    /// <summary>Half of the time a pod.</summary>
    public int Owned => A % 2 == 0 ? A / 2 % PodCount : A / 2 % Slots.Length;

    public int Owner => B % Slots.Length;

    public OwnerStyle Style => (OwnerStyle)Math.Max(0, C % 10 - 4);

    public string[] Labels => LabelSets[B % LabelSets.Length];

    public string? Ip => Ips[B % Ips.Length];

    public string Node => Nodes[C % Nodes.Length];

    public string AimsAt => $"svc-{B % SliceCount}";

    /// <summary>The pods that an EndpointSlice comes to name, and how.</summary>
    public IEnumerable<(int Pod, TargetStyle Style)> Targets
    {
        get
        {
            if (C % 8 > 0) yield return (C % PodCount, (TargetStyle)(C / 8 % 3));
            if (C % 8 > 4) yield return ((C + 1) % PodCount, (TargetStyle)(C / 24 % 3));
        }
    }

    /// <summary>The one kind that a delivery brings; null for all of them.</summary>
    public ResourceKind? Kind => A % 2 == 0 ? null : (ResourceKind)(1 + A / 2 % 11);

    public override string ToString() => Verb switch
    {
        Verb.Create => $"create {(C % 32 == 31 ? "all services" : Name(Slot))} labels=[{string.Join(',', Labels)}] node='{Node}' (if a pod or service)",
        Verb.Delete => $"delete {Name(Slot)}",
        Verb.Label => $"label {Name(Slot)} [{string.Join(',', Labels)}]",
        Verb.GiveIp => $"pod-{Pod} has IP {Ip ?? "none"}",
        Verb.Bind => $"pod-{Pod} is on '{Node}'",
        Verb.Own => $"{Name(Owned)} is owned by {Name(Owner)} ({Style})",
        Verb.Select => $"{Name(Service)} selects [{string.Join(',', Labels)}]",
        Verb.Aim => $"{Name(Slice)} is of {AimsAt} and names [{string.Join(", ", Targets.Select(target => $"pod-{target.Pod} {target.Style}"))}]",
        Verb.Watch => $"{(ResourceKind)(1 + A % 11)} is {(B % 3 == 0 ? "not " : "")}watched",
        Verb.Deliver => $"deliver {Kind?.ToString() ?? "all"} in order {B}{(C % 4 == 0 ? ", with repeats" : "")}",
        Verb.Snapshot => $"snapshot in order {B}",
        _ => $"{Verb} {A} {B} {C}",
    };

    private static string Name(int slot) => $"{Slots[slot].Kind}/{Slots[slot].Name}";
}

/// <summary>How an owner reference means its owner.</summary>
internal enum OwnerStyle : byte
{
    Proper, Nobody, ForeignGroup, OtherKind, FormerGeneration, UnwatchedKind,
}

/// <summary>How an EndpointSlice names a pod.</summary>
internal enum TargetStyle : byte
{
    ByUid, ByName, ByFormerUid,
}
