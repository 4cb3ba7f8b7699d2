using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary>A command of the program: its settings, and what it does with them.</summary>
/// <param name="Name">The word on the command line.</param>
/// <param name="Description">What it does.</param>
/// <param name="Settings">Its flags.</param>
/// <param name="Examples">Whole command lines with what they do, for the help.</param>
/// <param name="RunAsync">Runs it: flag values by name, and the faults of the command line, to which it adds; gives the exit code.</param>
internal sealed record CliCommand(
    string Name, string Description, IReadOnlyList<Setting> Settings, IReadOnlyList<(string Does, string Line)> Examples,
    Func<IReadOnlyDictionary<string, string>, Faults, Task<int>> RunAsync);

/// <summary>The command line: finds the command, reads its flags, prints help.</summary>
internal static class Cli
{
    /// <summary>The exit code where something was wrong; 0 is the other.</summary>
    public const int Failure = 1;

    /// <summary>Runs what <paramref name="arguments"/> ask for.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, params CliCommand[] commands)
    {
        var faults = new Faults();
        var root = new RootCommand("Streams Kubernetes metadata to Falco: a drop-in replacement of falcosecurity/k8s-metacollector.");
        foreach (var option in root.Options.OfType<VersionOption>().ToList()) root.Options.Remove(option);
        foreach (var command in commands) root.Add(ToCommand(command, faults));
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!, commands);

        var given = arguments;
        if (arguments.Count > 0 && commands.FirstOrDefault(command => command.Name == arguments[0]) is { } chosen)
            given = [arguments[0], .. GoFlags.Normalize([.. arguments.Skip(1)], chosen.Settings, faults)];
        else if (arguments.Count == 0)
            given = ["--help"];
        else if (!arguments.Any(argument => argument is "--help" or "-h" or "-?"))
            return Report($"{arguments[0]}: no such command{Spelling.Suggest(arguments[0], commands.Select(command => command.Name))}; see metacollector --help");

        // "@file" is a file of arguments to the library, and an ordinary value to Go.
        var parsed = root.Parse(given, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Prints faults, one line each.</summary>
    /// <returns>The exit code.</returns>
    public static int Report(params IEnumerable<string> faults)
    {
        foreach (var fault in faults) Console.Error.WriteLine($"error: {fault}");
        return Failure;
    }

    private static Command ToCommand(CliCommand command, Faults faults)
    {
        var result = new Command(command.Name, command.Description) { TreatUnmatchedTokensAsErrors = false };
        var options = command.Settings.ToDictionary(setting => setting.Flag, ToOption);
        foreach (var option in options.Values) result.Add(option);
        result.SetAction(parsed =>
        {
            foreach (var token in parsed.UnmatchedTokens) faults.Add(Unknown(token, command.Settings));
            var flags = options.Where(pair => parsed.GetResult(pair.Value) is not null)
                .ToDictionary(pair => pair.Key, pair => parsed.GetValue(pair.Value) ?? "");
            return command.RunAsync(flags, faults);
        });
        return result;
    }

    private static Option<string> ToOption(Setting setting)
    {
        var otherwise = setting.Default.Length == 0 ? "" : $" [default: {setting.Default}]";
        return new Option<string>($"--{setting.Flag}")
        {
            Description = setting.Description + otherwise,
            HelpName = setting.Value.Length == 0 ? "true|false" : setting.Value,
            Arity = ArgumentArity.ZeroOrOne,
        };
    }

    private static string Unknown(string token, IReadOnlyList<Setting> known) => token.StartsWith('-')
        ? $"{token.Split('=')[0]}: unknown flag{Spelling.Suggest(token.Split('=')[0], known.Select(setting => $"--{setting.Flag}"))}"
        : $"'{token}': unexpected argument; flags are written --flag value";

    private sealed class HelpWithExamples(HelpAction standard, CliCommand[] commands) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            standard.Invoke(parseResult);
            var asked = parseResult.CommandResult.Command.Name;
            var shown = commands.Where(command => command.Name == asked).ToList();
            if (shown.Count == 0) shown = [.. commands];
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (does, line) in shown.SelectMany(command => command.Examples)) output.WriteLine($"  # {does}\n  {line}\n");
            if (asked == "run")
                output.WriteLine($"Each flag may also be given as an environment variable (--log-level: {Setting.EnvironmentPrefix}LOG_LEVEL) or in\n"
                    + $"appsettings.json (section {Setting.Section}: {{ \"LogLevel\": \"debug\" }}); a flag wins over the environment, that over the file.");
            return 0;
        }
    }
}
