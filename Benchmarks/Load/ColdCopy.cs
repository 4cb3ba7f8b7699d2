using System.Runtime.InteropServices;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// Copies of a published program and of the runtime that it needs, none of which is in memory: so a cgroup that the program is started in
/// pays for each page that it reads, as a container does on a node where nobody else runs that image. Deleted when disposed of.
/// </summary>
internal sealed class ColdCopy : IDisposable
{
    private const int DontNeed = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-cold-").FullName;

    /// <summary>Copies them.</summary>
    /// <param name="program">The program, in its folder.</param>
    public ColdCopy(string program)
    {
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        Root = Path.Combine(_folder, "dotnet");
        Program = Path.Combine(_folder, "program", Path.GetFileName(program));
        Copy(Path.GetDirectoryName(program)!, Path.Combine(_folder, "program"));
        foreach (var part in (string[])["host", "shared"]) Copy(Path.Combine(runtime, part), Path.Combine(Root, part));
    }

    /// <summary>The program's path.</summary>
    public string Program { get; }

    /// <summary>What <c>DOTNET_ROOT</c> is to be.</summary>
    public string Root { get; }

    /// <summary>Deletes them.</summary>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            using var handle = File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
            // Only what has reached the disk can be left out of memory.
            _ = Advise(handle, 0, 0, DontNeed);
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(SafeHandle file, nint offset, nint length, int advice);
}
