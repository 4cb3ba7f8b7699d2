using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.CommandLine;

/// <summary><c>metacollector completion</c>: prints a shell's completion script.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>The command, which completes <paramref name="others"/> and itself.</summary>
    public static CliCommand Of(params IReadOnlyList<CliCommand> others)
    {
        CliCommand? self = null;
        self = new CliCommand(
            "completion", "Print what bash, zsh or fish needs to complete command lines.", [],
            [
                ("In this shell", "source <(metacollector completion bash)"),
                ("In every zsh", "metacollector completion zsh > \"${fpath[1]}/_metacollector\""),
                ("In every fish", "metacollector completion fish > ~/.config/fish/completions/metacollector.fish"),
            ],
            (input, faults) => Task.FromResult(Run(input, faults, [.. others, self!])))
        {
            Words = "bash | zsh | fish",
        };
        return self;
    }

    private static int Run(CliInput input, SettingFaults faults, IReadOnlyList<CliCommand> commands)
    {
        if (input.Words is not [var shell] || !Shells.Contains(shell)) faults.Add("completion", "needs one shell: bash, zsh or fish");
        if (faults.Lines.Count > 0) return Cli.Report(faults.Lines);
        Console.Out.Write(input.Words[0] switch
        {
            "bash" => CompletionScripts.Bash(commands),
            "zsh" => CompletionScripts.Zsh(commands),
            _ => CompletionScripts.Fish(commands),
        });
        return 0;
    }
}
