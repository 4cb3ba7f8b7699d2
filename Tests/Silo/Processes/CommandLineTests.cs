using System.Diagnostics;
using MetaCollector.Silo.Settings;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>The command line as people of other programs expect it.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Version_AsAFlag_IsTheCommands()
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync("--version");
        Assert.Equal(0, exitCode);
        Assert.Equal((await MetacollectorProgram.RunAsync("version")).Lines, lines);
    }

    [Fact]
    public async Task Help_AsACommand_IsTheFlags()
    {
        var help = await ProgramAsync("help");
        Assert.Equal((await ProgramAsync("--help")).Lines, help.Lines);
        Assert.Equal(0, help.ExitCode);
        Assert.Equal((await ProgramAsync("watch", "--help")).Lines, (await ProgramAsync("help", "watch")).Lines);
    }

    [Fact]
    public async Task Help_OfRun_HasEveryFlagInItsGroup()
    {
        var (exitCode, lines) = await ProgramAsync("run", "--help");
        Assert.Equal(0, exitCode);
        var flags = lines.SkipWhile(line => line != $"{RunSettings.Groups[0].Title}:").ToList();
        foreach (var group in RunSettings.Groups)
        {
            Assert.Contains($"{group.Title}:", flags);
            var own = flags.SkipWhile(line => line != $"{group.Title}:").Skip(1).TakeWhile(line => line.StartsWith(' ')).ToList();
            foreach (var setting in group.Settings) Assert.Contains(own, line => line.TrimStart().Split(' ')[0] == $"--{setting.Flag}");
        }

        Assert.All(flags, line => Assert.InRange(line.Length, 0, 120));
    }

    [Theory]
    [InlineData("run watch inspect version completion help --help --version", "metacollector", "")]
    [InlineData("run", "metacollector", "ru")]
    [InlineData("--broker-bind-address --broker-server-cert --broker-server-key --broker-client-ca --broker-client-cert --broker-client-names", "metacollector", "run", "--broker-")]
    [InlineData("kubernetes localhost", "metacollector", "run", "--clustering", "")]
    [InlineData("kubernetes", "metacollector", "run", "--broker-bind-address", ":1", "--clustering", "k")]
    [InlineData("namespace node", "metacollector", "inspect", "n")]
    [InlineData("table json events", "metacollector", "watch", "--output", "")]
    [InlineData("/etc/hostname", "metacollector", "run", "--kubeconfig", "/etc/hostn")]
    [InlineData("bash", "metacollector", "completion", "b")]
    public async Task Completion_OfBash_Completes(string expected, params string[] words)
    {
        const string Bash = "/bin/bash";
        Assert.SkipUnless(File.Exists(Bash) && File.Exists("/etc/hostname"), "needs bash");
        var (exitCode, lines) = await ProgramAsync("completion", "bash");
        Assert.Equal(0, exitCode);
        var script = $"{string.Join('\n', lines)}\nCOMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; _metacollector; echo ${{COMPREPLY[@]}}";
        var (code, output) = await RunAsync(Bash, "--norc", "-c", script);
        Assert.Equal(0, code);
        Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), output.Trim().Split(' ').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Completion_OfFish_NamesEveryCommandAndFlag()
    {
        var (_, lines) = await ProgramAsync("completion", "fish");
        foreach (var setting in RunSettings.All)
            Assert.Contains(lines, line => line.StartsWith($"complete -c metacollector -n '__fish_seen_subcommand_from run' -l {setting.Flag} ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("-l clustering -x -a 'kubernetes localhost' -d ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("-l kubeconfig -r -F -d ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Completion_OfZsh_IsBashsWithItsHeader()
    {
        var (_, lines) = await ProgramAsync("completion", "zsh");
        Assert.Equal("#compdef metacollector", lines[0]);
        Assert.Equal((await ProgramAsync("completion", "bash")).Lines, lines.Skip(2));
    }

    [Theory]
    [InlineData("completion: needs one shell: bash, zsh or fish", "completion")]
    [InlineData("completion: needs one shell: bash, zsh or fish", "completion", "powershell")]
    [InlineData("--tls-cert: needs --tls-key too", "watch", "--node", "n", "--tls-cert", "/etc/hostname")]
    [InlineData("--tls-ca: file /missing/ca.crt not found", "watch", "--node", "n", "--tls-ca", "/missing/ca.crt")]
    [InlineData("--addr: 'http://h:1' is plaintext, and the --tls flags ask for TLS", "watch", "--node", "n", "--addr", "http://h:1", "--tls-insecure")]
    public async Task BadInput_OfTheOthers_IsOneLine(string expected, params string[] arguments)
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(arguments);
        Assert.Equal((1, $"error: {expected}"), (exitCode, string.Join('\n', lines)));
    }

    // Its whole output, which may be long.
    private static async Task<(int ExitCode, IReadOnlyList<string> Lines)> ProgramAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync("dotnet", [MetacollectorProgram.Path, .. arguments]);
        return (code, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
