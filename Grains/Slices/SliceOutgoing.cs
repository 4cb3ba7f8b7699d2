using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>The content of a slice, read when it is sent.</summary>
internal interface ISliceSource
{
    Position Position { get; }

    KindSet Unknown { get; }

    IEnumerable<NodeResource> All();

    /// <summary>The resource with this uid; null if it is not in the slice.</summary>
    NodeResource? Find(Uid uid);
}

/// <summary>
/// The sending end of a slice, on both hops that carry slices: ResourceGrain → NodeGrain and NodeGrain → gateway. Not thread-safe.
/// </summary>
internal sealed class SliceOutgoing(string @namespace, ISliceSource source) : Outbox<SliceKey>, IOutgoing<SliceChange>
{
    /// <summary>Whether nothing is due or in flight.</summary>
    public bool IsIdle => !IsInFlight && !IsDue(source.Position);

    /// <summary>The silo from which the consumer asked last; null where it never did.</summary>
    public SiloAddress? HeardFrom { get; set; }

    /// <inheritdoc cref="Outbox{TKey}.Verify"/>
    /// <remarks>A consumer that another activation brought to this producer's position, or beyond, needs no snapshot for having done so.</remarks>
    public bool Verify(Position holds, Position atLeast)
    {
        if (!IsInFlight && holds > Acknowledged && holds >= source.Position)
        {
            GoOnFrom(holds, holds);
            Reach();
        }

        return Verify(holds, atLeast, source.Position) && source.Position >= holds;
    }

    /// <inheritdoc cref="Outbox{TKey}.Reach"/>
    public void Reach() => Reach(source.Position);

    public Batch<SliceChange>? Take()
    {
        if (Take(source.Position) is not { } shipment) return null;
        return new Batch<SliceChange>
        {
            Namespace = @namespace,
            Previous = shipment.Previous,
            Position = shipment.Position,
            IsSnapshot = shipment.IsSnapshot,
            ArrivedAt = shipment.ArrivedAt,
            Trace = shipment.Trace,
            Unknown = source.Unknown,
            Changes = shipment.IsSnapshot
                ? [.. source.All().Select(resource => new SliceChange(resource.Uid, resource, null))]
                : Read(shipment.Keys),
        };
    }

    void IOutgoing<SliceChange>.Complete(Receipt receipt) => Complete(receipt);

    public void Fail(Exception exception) => Fail();

    private SliceChange[] Read(IReadOnlyCollection<SliceKey> keys)
    {
        var changes = new List<SliceChange>(keys.Count);
        foreach (var key in keys)
        {
            // The whole resource is sent too, with its references.
            if (key.ReferencesOnly && keys.Contains(key with { ReferencesOnly = false })) continue;
            var resource = source.Find(key.Uid);
            changes.Add(key.ReferencesOnly && resource is not null
                ? new SliceChange(key.Uid, null, resource.References)
                : new SliceChange(key.Uid, resource, null));
        }

        return [.. changes];
    }
}
