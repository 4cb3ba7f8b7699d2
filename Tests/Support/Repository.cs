namespace MetaCollector.Tests.Support;

/// <summary>Files of the repository that the tests run from.</summary>
internal static class Repository
{
#if DEBUG
    /// <summary>How it was built.</summary>
    public const string Configuration = "Debug";
#else
    /// <summary>How it was built.</summary>
    public const string Configuration = "Release";
#endif

    /// <summary>Folder of the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>Whether tests write the files that they would compare (METACOLLECTOR_UPDATE=1).</summary>
    public static bool Updates => Environment.GetEnvironmentVariable("METACOLLECTOR_UPDATE") == "1";

    /// <summary>Full path of a file, given from the root.</summary>
    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>Text of a file, given from the root.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orleans.MetaCollector.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("these tests run inside the repository");
        return folder;
    }
}
