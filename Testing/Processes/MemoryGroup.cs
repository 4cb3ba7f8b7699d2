using System.Globalization;

namespace MetaCollector.Testing.Processes;

/// <summary>
/// A memory cgroup, of either version, for one program to be started in: counts what a cluster counts for a container. Needs the rights of
/// root. Thread-safe.
/// </summary>
public sealed class MemoryGroup : IDisposable
{
    private const string First = "/sys/fs/cgroup/memory", Second = "/sys/fs/cgroup";

    private readonly bool _isFirst;

    private MemoryGroup(string path, bool isFirst) => (Path, _isFirst) = (path, isFirst);

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>Makes one; null where this machine does not let us.</summary>
    /// <param name="limit">The most memory that it may use, in bytes; null for no limit.</param>
    public static MemoryGroup? TryCreate(long? limit = null)
    {
        var isFirst = Directory.Exists(First);
        try
        {
            if (!isFirst && !File.ReadAllText($"{Second}/cgroup.subtree_control").Contains("memory", StringComparison.Ordinal)) return null;
            var group = new MemoryGroup($"{(isFirst ? First : Second)}/metacollector-{Guid.NewGuid():N}", isFirst);
            Directory.CreateDirectory(group.Path);
            if (limit is { } most)
            {
                File.WriteAllText($"{group.Path}/{(isFirst ? "memory.limit_in_bytes" : "memory.max")}", most.ToString(CultureInfo.InvariantCulture));
            }

            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What <c>kubectl top</c> shows, and what a limit is held against: usage less the file pages that the kernel would give up first, in bytes.</summary>
    public long WorkingSet() =>
        long.Parse(File.ReadAllText($"{Path}/{(_isFirst ? "memory.usage_in_bytes" : "memory.current")}"), CultureInfo.InvariantCulture)
        - Statistic(_isFirst ? "total_inactive_file" : "inactive_file");

    /// <summary>The part of the memory that no file on disk backs, shared memory aside, in bytes.</summary>
    public long Anonymous() => Statistic(_isFirst ? "total_rss" : "anon");

    /// <summary>Pages of files and shared memory that are mapped, in bytes.</summary>
    public long Mapped() => Statistic(_isFirst ? "total_mapped_file" : "file_mapped");

    /// <summary>How often the limit was met, and pages had to be given up.</summary>
    public long LimitMet() => _isFirst
        ? long.Parse(File.ReadAllText($"{Path}/memory.failcnt"), CultureInfo.InvariantCulture)
        : Read($"{Path}/memory.events", "max");

    /// <summary>Removes it, once the program has ended.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path);
        }
        catch (IOException)
        {
            // Somebody is still in it: it stays behind, empty before long.
        }
    }

    private long Statistic(string name) => Read($"{Path}/memory.stat", name);

    private static long Read(string file, string name)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }
}
