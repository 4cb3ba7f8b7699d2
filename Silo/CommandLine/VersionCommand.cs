using System.Reflection;
using System.Runtime.InteropServices;

namespace MetaCollector.Silo.CommandLine;

/// <summary><c>metacollector version</c>, and the version for other code.</summary>
internal static class VersionCommand
{
    /// <summary>The version, e.g. 0.1.0, and the commit of the build, which may be "unknown".</summary>
    public static (string Version, string Commit) OfBuild { get; } = Split(
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0");

    public static CliCommand Command { get; } = new(
        "version", "Print the version of this program.", [], [("Which version is this?", "metacollector version")],
        (_, faults) => Task.FromResult(faults.Lines.Count > 0 ? Cli.Report(faults.Lines) : Print(Console.Out)));

    private static int Print(TextWriter output)
    {
        output.WriteLine($"metacollector {OfBuild.Version}");
        output.WriteLine($"commit {OfBuild.Commit}");
        output.WriteLine($"{RuntimeInformation.FrameworkDescription} {RuntimeInformation.RuntimeIdentifier}");
        output.WriteLine(RuntimeInformation.OSDescription);
        return 0;
    }

    private static (string Version, string Commit) Split(string informational)
    {
        var plus = informational.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (informational, "unknown") : (informational[..plus], informational[(plus + 1)..]);
    }
}
