using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// Rendered bodies, for versions that several streams need at about the same time: a namespace, a Deployment or a Service is related
/// to many nodes. A fixed number of places, where the newer takes the place of the older. Thread-safe.
/// </summary>
/// <param name="places">Number of places; a power of two. An occupied one holds well under a kilobyte, as a rule.</param>
internal sealed class BodyCache(int places = 2048)
{
    private readonly Entry?[] _entries = new Entry?[places];

    /// <summary>The body of this version, rendered now or before.</summary>
    public ReadOnlyMemory<byte> BodyOf(NodeResource resource, WireBuffer scratch)
    {
        var place = resource.Uid.GetHashCode() & (_entries.Length - 1);
        // Versions that came from other silos are instances of their own.
        if (Volatile.Read(ref _entries[place]) is { } known && known.Resource.LooksLike(resource)) return known.Body;

        scratch.Clear();
        EventBody.Write(scratch, resource);
        if (scratch.Written.Length > LargestKept) return scratch.Written;
        var body = scratch.Written.ToArray();
        Volatile.Write(ref _entries[place], new Entry(resource, body));
        return body;
    }

    private const int LargestKept = 16 * 1024;

    private sealed record Entry(NodeResource Resource, byte[] Body);
}
