using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary>
/// Reads flags as Go programs do, so that k8s-metacollector's command lines go on working: <c>--flag value</c>, <c>--flag=value</c>,
/// <c>-flag value</c>, <c>-flag=value</c>; a switch takes a value after <c>=</c> only; the last of a repeated flag counts, and a
/// repeated list adds up.
/// </summary>
internal static class GoFlags
{
    /// <summary>Takes the known flags out of a command line.</summary>
    /// <param name="arguments">What follows the command's name.</param>
    /// <param name="known">The command's settings.</param>
    /// <param name="faults">Gets the flags whose value is missing.</param>
    /// <returns>The values by flag, and the other arguments.</returns>
    public static (IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Others) Read(
        IReadOnlyList<string> arguments, IReadOnlyList<Setting> known, SettingFaults faults)
    {
        var values = new Dictionary<string, string>();
        var rest = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (Split(arguments[i], known) is not var (setting, value))
            {
                rest.Add(arguments[i]);
                continue;
            }

            if (value is null && setting.IsSwitch) value = "true";
            if (value is null && i + 1 < arguments.Count) value = arguments[++i];
            if (value is null) faults.Add($"--{setting.Flag}", $"needs a value: --{setting.Flag} {setting.Value}");
            else if (setting.IsList && values.TryGetValue(setting.Flag, out var before)) values[setting.Flag] = $"{before},{value}";
            else values[setting.Flag] = value;
        }

        return (values, rest);
    }

    private static (Setting Setting, string? Value)? Split(string argument, IReadOnlyList<Setting> known)
    {
        if (argument.Length < 2 || argument[0] != '-') return null;
        var name = argument.AsSpan(argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1);
        var equals = name.IndexOf('=');
        var value = equals < 0 ? null : name[(equals + 1)..].ToString();
        if (equals >= 0) name = name[..equals];
        foreach (var setting in known)
            if (name.SequenceEqual(setting.Flag) || (name.Length == 1 && name[0] == setting.Letter)) return (setting, value);
        return null;
    }
}
