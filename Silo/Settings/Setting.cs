using System.Globalization;

namespace MetaCollector.Silo.Settings;

/// <summary>
/// One thing that can be set: as a flag, as an environment variable, or in <c>appsettings.json</c>. Immutable.
/// </summary>
/// <param name="Flag">The flag without its dashes, e.g. <c>broker-bind-address</c>.</param>
/// <param name="Value">The placeholder of the value in the help, e.g. <c>FILE</c>.</param>
/// <param name="Default">The default in words; empty where there is none.</param>
/// <param name="Description">What it does, in a sentence.</param>
internal sealed record Setting(string Flag, string Value, string Default, string Description)
{
    public const string EnvironmentPrefix = "METACOLLECTOR_";

    /// <summary>The section of <c>appsettings.json</c>.</summary>
    public const string Section = "MetaCollector";

    /// <summary>Whether the flag alone means true, as Go's boolean flags do.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether the flag may be repeated, each time adding to the list.</summary>
    public bool IsList { get; init; }

    /// <summary>A letter that stands for the flag; null for none.</summary>
    public char? Letter { get; init; }

    /// <summary>Whether it is a flag of k8s-metacollector that is only kept so that its command lines go on working.</summary>
    public bool IsLegacy { get; init; }

    /// <summary>The environment variable, e.g. <c>METACOLLECTOR_BROKER_BIND_ADDRESS</c>.</summary>
    public string Variable => EnvironmentPrefix + Flag.Replace('-', '_').ToUpperInvariant();

    /// <summary>The key in the section of <c>appsettings.json</c>, e.g. <c>BrokerBindAddress</c>.</summary>
    public string Key => string.Concat(Flag.Split('-').Select(word => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(word)));

    /// <summary>Whether a key of <c>appsettings.json</c> means this: case, dashes and underscores do not matter.</summary>
    public bool Matches(string key) => string.Equals(Key, key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal),
        StringComparison.OrdinalIgnoreCase);
}
