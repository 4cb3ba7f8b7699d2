namespace MetaCollector.Silo.Settings;

/// <summary>Settings that belong together, as the help shows them. Immutable.</summary>
/// <param name="Title">What they are about, in a word or two.</param>
/// <param name="Settings">The settings, in the order of the help.</param>
internal sealed record SettingGroup(string Title, params IReadOnlyList<Setting> Settings);
