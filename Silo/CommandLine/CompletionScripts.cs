using System.Text;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary>Completion scripts of shells: commands, flags, and the values of flags that take a few words or a file.</summary>
internal static class CompletionScripts
{
    public static string Bash(IReadOnlyList<CliCommand> commands)
    {
        var values = new StringBuilder();
        var flags = new StringBuilder();
        foreach (var command in commands)
        {
            foreach (var setting in command.Settings.Where(setting => ValuesOf(setting) is not null))
                values.Append($"        \"{command.Name} --{setting.Flag}\") COMPREPLY=($({Generator(setting)} -- \"$cur\")); return ;;\n");
            flags.Append($"        {command.Name}) words=\"{string.Join(' ', command.Settings.Select(setting => $"--{setting.Flag}").Concat(WordsOf(command)).Append("--help"))}\" ;;\n");
        }

        return $$"""
            # bash completion of metacollector
            _metacollector() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
                COMPREPLY=()
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "{{string.Join(' ', Names(commands))}} help --help --version" -- "$cur"))
                    return
                fi
                case "${COMP_WORDS[1]} $prev" in
            {{values}}    esac
                case "${COMP_WORDS[1]}" in
            {{flags}}        help) words="{{string.Join(' ', Names(commands))}}" ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
            }
            complete -F _metacollector metacollector

            """.ReplaceLineEndings("\n");
    }

    /// <summary>For zsh, which runs the bash script.</summary>
    public static string Zsh(IReadOnlyList<CliCommand> commands) =>
        $"#compdef metacollector\nautoload -U +X bashcompinit && bashcompinit\n{Bash(commands)}";

    public static string Fish(IReadOnlyList<CliCommand> commands)
    {
        var script = new StringBuilder("# fish completion of metacollector\ncomplete -c metacollector -f\n");
        foreach (var command in commands)
        {
            script.Append($"complete -c metacollector -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Description)}\n");
            var on = $"complete -c metacollector -n '__fish_seen_subcommand_from {command.Name}'";
            foreach (var word in WordsOf(command)) script.Append($"{on} -a {word}\n");
            foreach (var setting in command.Settings)
            {
                var letter = setting.Letter is { } one ? $" -s {one}" : "";
                var takes = setting.IsSwitch ? "" : ValuesOf(setting) is not { } values ? " -x" : values.Length == 0 ? " -r -F" : $" -x -a {Quoted(string.Join(' ', values))}";
                script.Append($"{on} -l {setting.Flag}{letter}{takes} -d {Quoted(setting.Description)}\n");
            }
        }

        return script.ToString();
    }

    private static IEnumerable<string> Names(IReadOnlyList<CliCommand> commands) => commands.Select(command => command.Name);

    // The literal words of "cluster | node NAME": cluster, node.
    private static IEnumerable<string> WordsOf(CliCommand command) => (command.Words ?? "").Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.Split(' ')[0]);

    // The values that a setting takes; empty for a file, null for any text.
    private static string[]? ValuesOf(Setting setting) => setting.Value switch
    {
        "FILE" => [],
        var value when value.Contains('|', StringComparison.Ordinal) => value.Split('|'),
        _ => null,
    };

    private static string Generator(Setting setting) => ValuesOf(setting) is { Length: > 0 } values ? $"compgen -W \"{string.Join(' ', values)}\"" : "compgen -f";

    private static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
