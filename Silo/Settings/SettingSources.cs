namespace MetaCollector.Silo.Settings;

/// <summary>The value of a setting, and the place where it is given, for messages.</summary>
/// <param name="Text">The text of the value.</param>
/// <param name="Place">The flag, the environment variable, or the key in the file.</param>
internal sealed record Given(string Text, string Place);

/// <summary>The sources of settings: a flag wins over the environment, the environment over <c>appsettings.json</c>.</summary>
/// <param name="flags">Flag, without dashes, to value.</param>
/// <param name="environment">Environment variables.</param>
/// <param name="file">The section <see cref="Setting.Section"/> of the file.</param>
internal sealed class SettingSources(
    IReadOnlyDictionary<string, string> flags, IReadOnlyDictionary<string, string> environment, IConfigurationSection file)
{
    /// <summary>The value that counts; null where none is given.</summary>
    public Given? Find(Setting setting)
    {
        if (flags.TryGetValue(setting.Flag, out var flag)) return new Given(flag, $"--{setting.Flag}");
        if (environment.TryGetValue(setting.Variable, out var variable) && !IsServiceLink(setting, variable))
            return new Given(variable, setting.Variable);
        var child = file.GetChildren().FirstOrDefault(child => setting.Matches(child.Key));
        if (child is null) return null;
        // A JSON array has children named 0, 1, 2.
        var text = child.Value ?? string.Join(',', child.GetChildren().Select(item => item.Value));
        return new Given(text, $"appsettings.json {child.Path}");
    }

    /// <summary>The keys of the file's section that no setting has.</summary>
    public IEnumerable<string> UnknownKeys(IReadOnlyList<Setting> known) =>
        file.GetChildren().Where(child => !known.Any(setting => setting.Matches(child.Key))).Select(child => child.Key);

    /// <summary>The variables with the program's prefix that no setting has.</summary>
    public IEnumerable<string> UnknownVariables(IReadOnlyList<Setting> known) => environment.Keys
        .Where(name => name.StartsWith(Setting.EnvironmentPrefix, StringComparison.Ordinal) && !known.Any(setting => setting.Variable == name));

    /// <summary>
    /// Kubernetes sets variables for every Service of the namespace: one named metacollector-silo gives every pod a
    /// METACOLLECTOR_SILO_PORT=tcp://10.0.0.1:11111, which is no setting.
    /// </summary>
    private static bool IsServiceLink(Setting setting, string value) =>
        setting.Variable.EndsWith("_PORT", StringComparison.Ordinal) && value.Contains("://", StringComparison.Ordinal);
}
