using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Collections;
using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Informer.Decoding;

/// <summary>Decodes the protobuf bytes of one Kubernetes object into a <see cref="Resource"/>. Thread-safe.</summary>
/// <param name="pool">Shares equal parts of objects.</param>
internal sealed class ObjectDecoder(VersionPool pool)
{
    private const string ServiceNameLabel = "kubernetes.io/service-name";

    private static readonly MessageParser<Wire.Pod> Pods = Wire.Pod.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<Wire.Service> Services = Wire.Service.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<Wire.EndpointSlice> Slices = Wire.EndpointSlice.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<Wire.PartialObjectMetadata> Others =
        Wire.PartialObjectMetadata.Parser.WithDiscardUnknownFields(true);

    /// <param name="kind">The kind that was requested.</param>
    /// <param name="bytes">The object's own message, without the envelope.</param>
    /// <exception cref="MalformedObjectException">The bytes are not such an object, or it has no uid or name.</exception>
    public DecodedObject Decode(ResourceKind kind, ReadOnlySequence<byte> bytes)
    {
        try
        {
            return kind switch
            {
                ResourceKind.Pod => DecodePod(Pods.ParseFrom(bytes)),
                ResourceKind.Service => DecodeService(Services.ParseFrom(bytes)),
                ResourceKind.EndpointSlice => DecodeSlice(Slices.ParseFrom(bytes)),
                _ => DecodeOther(kind, Others.ParseFrom(bytes)),
            };
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new MalformedObjectException(exception.Message, exception);
        }
    }

    private DecodedObject DecodePod(Wire.Pod pod)
    {
        var common = Common.Of(ResourceKind.Pod, pod.Metadata, pool);
        return common.With(new Pod
        {
            Kind = ResourceKind.Pod,
            Uid = common.Uid,
            Namespace = common.Namespace,
            Name = common.Name,
            GenerateName = common.GenerateName,
            Labels = common.Labels,
            Controller = common.Controller,
            Node = pool.Share(pod.Spec?.NodeName ?? ""),
            Ip = pod.Status is { PodIP.Length: > 0 } status ? status.PodIP : null,
            Addresses = AddressesOf(pod.Status),
        });
    }

    private EquatableArray<string> AddressesOf(Wire.PodStatus? status)
    {
        if (status is null or { Phase: "Succeeded" or "Failed" }) return [];
        var found = new string[status.PodIPs.Count + status.HostIPs.Count + 2];
        var count = 0;
        Add(status.PodIP, isOwn: true);
        // By index: an enumerator would allocate.
        for (var i = 0; i < status.PodIPs.Count; i++) Add(status.PodIPs[i].Ip, isOwn: true);
        Add(status.HostIP, isOwn: false);
        for (var i = 0; i < status.HostIPs.Count; i++) Add(status.HostIPs[i].Ip, isOwn: false);
        return [.. found.AsSpan(0, count)];

        // Pools the host's address, which many pods share.
        void Add(string text, bool isOwn)
        {
            // The API server repeats the first address (podIP in podIPs), nearly always in the same spelling.
            if (found.AsSpan(0, count).Contains(text)) return;
            if (NodeAddress.Of(text) is not { } address || found.AsSpan(0, count).Contains(address)) return;
            found[count++] = isOwn ? address : pool.Share(address);
        }
    }

    private DecodedObject DecodeService(Wire.Service service)
    {
        var common = Common.Of(ResourceKind.Service, service.Metadata, pool);
        return common.With(new Service
        {
            Kind = ResourceKind.Service,
            Uid = common.Uid,
            Namespace = common.Namespace,
            Name = common.Name,
            GenerateName = common.GenerateName,
            Labels = common.Labels,
            Controller = common.Controller,
            Selector = service.Spec is { } spec ? LabelsOf(spec.Selector, pool) : LabelSet.Empty,
            IsExternalName = service.Spec is { Type: "ExternalName" },
        });
    }

    private DecodedObject DecodeSlice(Wire.EndpointSlice slice)
    {
        var common = Common.Of(ResourceKind.EndpointSlice, slice.Metadata, pool);
        return common.With(new EndpointSlice
        {
            Kind = ResourceKind.EndpointSlice,
            Uid = common.Uid,
            Namespace = common.Namespace,
            Name = common.Name,
            GenerateName = common.GenerateName,
            Labels = common.Labels,
            Controller = common.Controller,
            ServiceName = common.Labels.Find(ServiceNameLabel) ?? "",
            Targets = [.. TargetsOf(slice, common.Namespace)],
        });
    }

    // Sorted and distinct, so that equal sets of pods are equal: endpoints come in any order, and several may name one pod (a port each).
    private static IEnumerable<PodTarget> TargetsOf(Wire.EndpointSlice slice, string @namespace) => slice.Endpoints
        .Select(endpoint => endpoint.TargetRef)
        .Where(target => target is { Kind: "Pod" } && (target.Namespace.Length == 0 || target.Namespace == @namespace))
        .Select(target => new PodTarget(target.Name, Uid.Parse(target.Uid)))
        .Where(target => target.Name.Length > 0 || !target.Uid.IsEmpty)
        .Distinct()
        .OrderBy(target => target.Name, StringComparer.Ordinal).ThenBy(target => target.Uid);

    private DecodedObject DecodeOther(ResourceKind kind, Wire.PartialObjectMetadata other)
    {
        var common = Common.Of(kind, other.Metadata, pool);
        return common.With(new Resource
        {
            Kind = kind,
            Uid = common.Uid,
            Namespace = common.Namespace,
            Name = common.Name,
            GenerateName = common.GenerateName,
            Labels = common.Labels,
            Controller = common.Controller,
        });
    }

    private static LabelSet LabelsOf(RepeatedField<Wire.Entry> labels, VersionPool pool)
    {
        if (labels.Count == 0) return LabelSet.Empty;
        var flat = new string[2 * labels.Count];
        for (var i = 0; i < labels.Count; i++) (flat[2 * i], flat[(2 * i) + 1]) = (labels[i].Key, labels[i].Value);
        // The API server sends labels sorted by key.
        return pool.Share(LabelSet.OfFlat(flat));
    }

    private readonly record struct Common(
        Uid Uid, string Namespace, string Name, string? GenerateName, LabelSet Labels, Owner? Controller, string ResourceVersion)
    {
        public static Common Of(ResourceKind kind, Wire.ObjectMeta? meta, VersionPool pool)
        {
            if (meta is null || meta.Uid.Length == 0 || meta.Name.Length == 0)
                throw new MalformedObjectException($"an object without {(meta is { Name.Length: > 0 } ? "uid" : "name")}");
            var @namespace = kind == ResourceKind.Namespace ? meta.Name : meta.Namespace;
            if (@namespace.Length == 0) throw new MalformedObjectException("an object without namespace");
            return new Common(
                Uid.Parse(meta.Uid),
                pool.Share(@namespace),
                meta.Name,
                meta.GenerateName.Length == 0 ? null : pool.Share(meta.GenerateName),
                LabelsOf(meta.Labels, pool),
                ControllerOf(meta) is { } owner ? pool.Share(owner) : null,
                meta.ResourceVersion);
        }

        public DecodedObject With(Resource resource) => new(resource, ResourceVersion);

        private static Owner? ControllerOf(Wire.ObjectMeta meta)
        {
            for (var i = 0; i < meta.OwnerReferences.Count; i++)
            {
                var reference = meta.OwnerReferences[i];
                if (!reference.Controller || reference.Kind.Length == 0 || reference.Uid.Length == 0) continue;
                var slash = reference.ApiVersion.IndexOf('/', StringComparison.Ordinal);
                return new Owner(slash < 0 ? "" : reference.ApiVersion[..slash], reference.Kind, Uid.Parse(reference.Uid));
            }

            return null;
        }
    }
}

/// <summary>An object and its version. Immutable.</summary>
/// <param name="Resource">The fields that we keep.</param>
/// <param name="ResourceVersion">Its <c>metadata.resourceVersion</c>; empty where it has none.</param>
internal readonly record struct DecodedObject(Resource Resource, string ResourceVersion);

/// <summary>One object could not be decoded; the readers skip it.</summary>
internal sealed class MalformedObjectException(string message, Exception? innerException = null) : Exception(message, innerException);
