using System.Diagnostics;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>Programs of the system, run to their end.</summary>
internal static class Shell
{
    /// <summary>Runs a program with this on its standard input.</summary>
    /// <returns>Its exit code, and what it printed.</returns>
    public static (int Code, string Output, string Error) Run(string program, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Path of a program; null where it is not on the PATH.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Path of a program; skips the test where it is not on the PATH.</summary>
    public static string Require(string program)
    {
        var path = Find(program);
        Assert.SkipWhen(path is null, $"there is no {program} on the PATH");
        return path!;
    }
}
