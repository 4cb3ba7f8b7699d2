namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// Caches the rendered bodies of versions that several streams need at about the same time: a Namespace, a Deployment or a Service is related
/// to many nodes. The number of places is fixed; newer bodies overwrite older ones. Thread-safe.
/// </summary>
/// <param name="places">Number of places, a power of two. A body is normally well under a kilobyte.</param>
internal sealed class BodyCache(int places = 2048)
{
    private readonly Entry?[] _entries = new Entry?[places];

    /// <summary>The body of this version, from the cache or rendered now.</summary>
    public ReadOnlyMemory<byte> BodyOf(NodeResource resource, WireBuffer scratch)
    {
        var place = resource.Uid.GetHashCode() & (_entries.Length - 1);
        // Compares content: versions from other silos are other instances.
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
