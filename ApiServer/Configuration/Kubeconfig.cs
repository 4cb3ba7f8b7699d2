namespace MetaCollector.ApiServer.Configuration;

/// <summary>One or several kubeconfig files, merged as kubectl merges them: of two entries with one name, the first counts, whole. Immutable.</summary>
internal sealed record Kubeconfig(
    string? CurrentContext,
    IReadOnlyDictionary<string, KubeconfigEntry> Clusters,
    IReadOnlyDictionary<string, KubeconfigEntry> Users,
    IReadOnlyDictionary<string, KubeconfigEntry> Contexts,
    string Text)
{
    /// <exception cref="ConnectionException">One of them is no kubeconfig.</exception>
    public static Kubeconfig Read(IReadOnlyList<string> files) =>
        Of([.. files.Select(file => (file, TextFile.Read($"kubeconfig {file}", file)))]);

    /// <exception cref="ConnectionException">One of them is no kubeconfig.</exception>
    public static Kubeconfig Of(IReadOnlyList<(string File, string Text)> read)
    {
        var maps = read.Where(one => !string.IsNullOrWhiteSpace(one.Text)).Select(one => (one.File, Map: YamlMap.Parse(one.Text, $"kubeconfig {one.File}"))).ToList();
        if (maps.Count == 0) throw new ConnectionException($"kubeconfig {string.Join(Path.PathSeparator, read.Select(one => one.File))}: the file is empty");
        return new(
            maps.Select(one => one.Map.Text("current-context")).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
            Entries(maps, "clusters", "cluster"), Entries(maps, "users", "user"), Entries(maps, "contexts", "context"),
            string.Join('\0', read.Select(one => one.Text)));
    }

    private static Dictionary<string, KubeconfigEntry> Entries(List<(string File, YamlMap Map)> maps, string list, string key)
    {
        var entries = new Dictionary<string, KubeconfigEntry>(StringComparer.Ordinal);
        foreach (var (file, map) in maps)
        {
            // A path is relative to the folder of the file that names it.
            var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            foreach (var item in map.Maps(list))
                entries.TryAdd(item.Text("name") ?? "", new(item.Map(key), folder));
        }

        return entries;
    }
}

/// <summary>One cluster, user or context of a kubeconfig.</summary>
/// <param name="Map">Its keys; null where it has none.</param>
/// <param name="Folder">The folder that its paths are relative to.</param>
internal sealed record KubeconfigEntry(YamlMap? Map, string Folder)
{
    /// <summary>A text; null where it is missing or empty.</summary>
    public string? Text(string key) => Map?.Text(key) is { Length: > 0 } text ? text : null;

    /// <summary>A path; null where there is none.</summary>
    public string? Path(string key) => Text(key) is { } path ? System.IO.Path.Combine(Folder, path) : null;
}
