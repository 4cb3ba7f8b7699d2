namespace MetaCollector.Conversation.Sending;

/// <summary>
/// References to the grains of one interface. <see cref="IGrainFactory"/> looks for the attributes of the interface at each call, by reflection; this class
/// does so once. Thread-safe.
/// </summary>
/// <param name="grains">Makes the references.</param>
/// <typeparam name="TGrain">The interface, which one class of grains implements.</typeparam>
public sealed class GrainReferences<TGrain>(IGrainFactory grains) where TGrain : IGrainWithStringKey
{
    private GrainReference? _known;

    /// <summary>The grain with this key.</summary>
    public TGrain this[string key]
    {
        get
        {
            var known = _known ??= (GrainReference)(IAddressable)grains.GetGrain<TGrain>(key);
            return (TGrain)grains.GetGrain(GrainId.Create(known.GrainId.Type, key), known.InterfaceType);
        }
    }
}
