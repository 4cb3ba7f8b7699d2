using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary>A command of the program.</summary>
/// <param name="Name">The word on the command line.</param>
/// <param name="Description">What it does.</param>
/// <param name="Groups">Its flags, in groups.</param>
/// <param name="Examples">Command lines and what they do, for the help.</param>
/// <param name="RunAsync">Runs it with the input and the faults of the command line, to which it adds; returns the exit code.</param>
internal sealed record CliCommand(
    string Name, string Description, IReadOnlyList<SettingGroup> Groups, IReadOnlyList<(string Does, string Line)> Examples,
    Func<CliInput, SettingFaults, Task<int>> RunAsync)
{
    public IReadOnlyList<Setting> Settings { get; } = [.. Groups.SelectMany(group => group.Settings)];

    /// <summary>The words that it takes beside its flags, for the help; null where it takes none.</summary>
    public string? Words { get; init; }
}

/// <summary>The input of a command. Immutable.</summary>
/// <param name="Flags">Flag values by name.</param>
/// <param name="Words">The words that belong to no flag; empty unless the command takes some.</param>
internal sealed record CliInput(IReadOnlyDictionary<string, string> Flags, IReadOnlyList<string> Words);

/// <summary>The command line: finds the command, reads its flags, prints help.</summary>
internal static class Cli
{
    /// <summary>The exit code of a failure; success is 0.</summary>
    public const int Failure = 1;

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, params CliCommand[] commands)
    {
        var root = new RootCommand("Streams Kubernetes metadata to Falco: a drop-in replacement of falcosecurity/k8s-metacollector.");
        foreach (var option in root.Options.OfType<VersionOption>()) option.Description = "Show the version, as the command version does.";
        // As in other programs.
        if (arguments is ["--version"]) arguments = ["version"];
        if (arguments is ["help", ..]) arguments = [.. arguments.Skip(1), "--help"];
        foreach (var command in commands) root.Add(ToCommand(command));
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!, commands);

        var chosen = arguments.Count == 0 ? null : commands.FirstOrDefault(command => command.Name == arguments[0]);
        var faults = new SettingFaults();
        var (flags, rest) = chosen is null
            ? (new Dictionary<string, string>(), arguments)
            : GoFlags.Read([.. arguments.Skip(1)], chosen.Settings, faults);
        // System.CommandLine parses only what GoFlags leaves over, and shows the help. "@file" is an ordinary word, as in Go.
        var parsed = root.Parse(
            arguments.Count == 0 ? ["--help"] : chosen is null ? rest : [chosen.Name, .. rest],
            new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is HelpWithExamples) return await parsed.InvokeAsync();
        if (chosen is null)
            return Report($"{arguments[0]}: no such command{Spelling.Suggest(arguments[0], commands.Select(command => command.Name))}; see metacollector --help");
        var words = chosen.Words is null ? [] : rest.Where(token => !token.StartsWith('-')).ToList();
        foreach (var token in rest.Except(words)) faults.Add(Unknown(token, chosen.Settings));
        return await chosen.RunAsync(new CliInput(flags, words), faults);
    }

    /// <returns>The exit code.</returns>
    public static int Report(params IEnumerable<string> faults)
    {
        foreach (var fault in faults) Console.Error.WriteLine($"error: {fault}");
        return Failure;
    }

    private static Command ToCommand(CliCommand command)
    {
        var result = new Command(command.Name, command.Description);
        if (command.Words is { } words) result.Add(new Argument<string[]>("what") { Description = words });
        foreach (var setting in command.Settings) result.Add(ToOption(setting));
        return result;
    }

    private static Option<string> ToOption(Setting setting)
    {
        var otherwise = setting.Default.Length == 0 ? "" : $" [default: {setting.Default}]";
        return new Option<string>($"--{setting.Flag}", setting.Letter is { } letter ? [$"-{letter}"] : [])
        {
            Description = setting.Description + otherwise,
            HelpName = setting.Value.Length == 0 ? "true|false" : setting.Value,
            Arity = ArgumentArity.ZeroOrOne,
            // HelpText shows them, in groups.
            Hidden = true,
        };
    }

    private static string Unknown(string token, IReadOnlyList<Setting> known)
    {
        if (!token.StartsWith('-')) return $"'{token}': unexpected argument; flags are written --flag value";
        var flag = token.Split('=')[0];
        // In a YAML list of arguments, "--flag value" is one item.
        var (first, blank) = (flag.Split(' ')[0], token.IndexOf(' ', StringComparison.Ordinal));
        return blank > 0 && known.Any(setting => first == $"--{setting.Flag}")
            ? $"'{token}' is one argument; write {first}={token[blank..].Trim()}"
            : $"{flag}: unknown flag{Spelling.Suggest(flag, known.Select(setting => $"--{setting.Flag}"))}";
    }

    private sealed class HelpWithExamples(HelpAction standard, CliCommand[] commands) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            standard.Invoke(parseResult);
            var asked = parseResult.CommandResult.Command.Name;
            var shown = commands.FirstOrDefault(command => command.Name == asked);
            var output = parseResult.InvocationConfiguration.Output;
            if (shown is not null) HelpText.WriteFlags(output, shown.Groups, HelpText.Width);
            HelpText.WriteExamples(output, shown?.Examples ?? [.. commands.Select(command => command.Examples[0])]);
            if (asked == "run")
            {
                output.WriteLine($"Each flag may also be given as an environment variable (--log-level: {Setting.EnvironmentPrefix}LOG_LEVEL) or in\n"
                    + $"appsettings.json (section {Setting.Section}: {{ \"LogLevel\": \"debug\" }}); a flag wins over the environment, that over the file.");
            }

            return 0;
        }
    }
}
