using System.Globalization;
using System.Net;
using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Settings;

/// <summary>Parses the values of settings, and notes faults. Not thread-safe.</summary>
internal sealed class SettingParser(SettingSources sources, SettingFaults faults)
{
    /// <summary>The name of a setting in messages: the place where it is given, or its flag.</summary>
    public string PlaceOf(Setting setting) => sources.Find(setting)?.Place ?? $"--{setting.Flag}";

    /// <summary>A path or another text; null where nothing was given, or only blanks.</summary>
    public string? Text(Setting setting) => sources.Find(setting)?.Text is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    public bool Switch(Setting setting)
    {
        if (sources.Find(setting) is not { } given) return false;
        // What Go's strconv.ParseBool takes.
        if (given.Text is "1" or "t" or "T" or "true" or "TRUE" or "True") return true;
        if (given.Text is not ("0" or "f" or "F" or "false" or "FALSE" or "False")) faults.Add(given.Place, $"'{given.Text}' is neither true nor false");
        return false;
    }

    /// <summary>An address, or null where it is switched off.</summary>
    public BindAddress? OptionalAddress(Setting setting, BindAddress? otherwise) =>
        sources.Find(setting) is { Text: "" or "0" } ? null : Address(setting, otherwise);

    public BindAddress? Address(Setting setting, BindAddress? otherwise)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        if (BindAddress.Parse(given.Text.Trim(), out var address) is not { } fault) return address;
        faults.Add(given.Place, fault);
        return otherwise;
    }

    public int Port(Setting setting, int otherwise)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        if (int.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort) return port;
        faults.Add(given.Place, $"'{given.Text}' is not a port; write a number up to 65535");
        return otherwise;
    }

    /// <summary>An IP address that others can reach; null where none was given.</summary>
    public IPAddress? Ip(Setting setting)
    {
        if (sources.Find(setting) is not { Text.Length: > 0 } given) return null;
        if (!IPAddress.TryParse(given.Text.Trim('[', ']'), out var address)) faults.Add(given.Place, $"'{given.Text}' is not an IP address");
        else if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            faults.Add(given.Place, $"'{given.Text}' cannot be reached by others; write this host's own address");
        else return address;
        return null;
    }

    /// <summary>Words between commas.</summary>
    public IReadOnlyList<string> Words(Setting setting) =>
        sources.Find(setting)?.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Labels of Kubernetes objects: <c>key=value</c> between commas.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ObjectLabels(Setting setting)
    {
        var labels = new List<KeyValuePair<string, string>>();
        foreach (var word in Words(setting))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && KubernetesLabel.IsValid(word[..equals], word[(equals + 1)..])) labels.Add(new(word[..equals], word[(equals + 1)..]));
            else faults.Add(PlaceOf(setting), $"'{word}' is no label of Kubernetes; write for example app.kubernetes.io/instance=mine");
        }

        // Records compare lists by reference, so an empty list has to be the same one.
        if (labels.Count == 0) return [];
        return labels;
    }

    /// <summary>Networks in CIDR notation, and single addresses.</summary>
    public IReadOnlyList<IPNetwork> Networks(Setting setting, IReadOnlyList<IPNetwork> otherwise)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        var networks = new List<IPNetwork>();
        foreach (var word in Words(setting))
        {
            if (IPNetwork.TryParse(word, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(word, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else faults.Add(given.Place, $"'{word}' is no network; write for example 10.8.0.0/16, with nothing but zeros behind the prefix");
        }

        return networks;
    }

    public TimeSpan Duration(Setting setting, TimeSpan otherwise, TimeSpan atMost, TimeSpan atLeast = default)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        if (GoDuration.TryParse(given.Text, out var duration) && duration <= atMost && duration >= atLeast) return duration;
        var least = atLeast > TimeSpan.Zero ? $"at least {atLeast.TotalSeconds:0}s and " : "";
        faults.Add(given.Place, $"'{given.Text}' is not a duration of {least}at most {atMost.TotalSeconds:0}s; write for example 10s or 1m30s");
        return otherwise;
    }

    public int Number(Setting setting, int otherwise, int atMost, int atLeast = 1)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        if (int.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= atLeast && number <= atMost) return number;
        faults.Add(given.Place, string.Create(CultureInfo.InvariantCulture, $"'{given.Text}' is not a whole number from {atLeast} to {atMost}"));
        return otherwise;
    }

    public T Choice<T>(Setting setting, T otherwise, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (string.Equals(word, given.Text, StringComparison.OrdinalIgnoreCase)) return value;
            words.Add(word);
        }

        faults.Add(given.Place, $"'{given.Text}' is none of {string.Join(", ", words)}");
        return otherwise;
    }

    /// <summary>The name of a Kubernetes object that may also be part of longer names: a DNS label.</summary>
    public string Name(Setting setting, string otherwise)
    {
        if (sources.Find(setting) is not { } given) return otherwise;
        if (KubernetesName.IsLabel(given.Text)) return given.Text;
        faults.Add(given.Place, $"'{given.Text}' is not a name that Kubernetes takes; use at most 63 lower case letters, digits and '-'");
        return otherwise;
    }

    /// <summary>Kinds by their plural resource names, kind names, or qualified ones (<c>jobs.batch</c>).</summary>
    public KindSet Kinds(Setting setting)
    {
        var kinds = new KindSet();
        if (sources.Find(setting) is not { } given) return kinds;
        foreach (var word in Words(setting))
        {
            var found = ResourceKinds.Extra.Kinds().Where(kind => IsCalled(kind, word)).ToList();
            if (found.Count == 0) faults.Add(given.Place, $"'{word}' is none of statefulsets, jobs, cronjobs");
            else kinds = kinds.With(found[0]);
        }

        return kinds;
    }

    /// <summary>Levels of the log: one for all, and others for categories.</summary>
    public LogLevels Levels(Setting setting, LogLevel otherwise)
    {
        var levels = new LogLevels(otherwise);
        if (sources.Find(setting) is not { } given) return levels;
        foreach (var word in Words(setting))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (!LogLevels.TryParse(word[(equals + 1)..], out var level))
                faults.Add(given.Place, $"'{word[(equals + 1)..]}' is none of trace, debug, info, warn, error");
            else if (equals == 0) faults.Add(given.Place, $"'{word}' names no category; write for example Informer=debug");
            else levels = equals < 0 ? levels with { All = level } : levels.With(word[..equals], level);
        }

        return levels;
    }

    /// <summary>A level as zap takes it: a word, or a verbosity from 1, which is debug.</summary>
    public LogLevel ZapLevel(Setting setting, LogLevel otherwise)
    {
        var isNumber = int.TryParse(sources.Find(setting)?.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var verbosity);
        if (isNumber && verbosity > 0) return LogLevel.Debug;
        return Choice(setting, otherwise, ("debug", LogLevel.Debug), ("info", LogLevel.Information), ("error", LogLevel.Error),
            ("warn", LogLevel.Warning), ("panic", LogLevel.Critical));
    }

    private static bool IsCalled(ResourceKind kind, string word)
    {
        var name = ResourceKinds.NameOf(kind).ToLowerInvariant();
        var given = word.ToLowerInvariant();
        return given == name || given == $"{name}s" || given == $"{name}s.{ResourceKinds.GroupOf(kind)}";
    }
}
