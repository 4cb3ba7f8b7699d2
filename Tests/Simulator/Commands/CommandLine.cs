using System.Diagnostics;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Simulator.Commands;

/// <summary>Runs a program and collects what it says.</summary>
internal static class CommandLine
{
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string? input, params IEnumerable<string> arguments)
    {
        using var process = Start(program, arguments);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), RawClient.Cancellation);
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(RawClient.Cancellation);
        var errors = process.StandardError.ReadToEndAsync(RawClient.Cancellation);
        try
        {
            await process.WaitForExitAsync(RawClient.Cancellation).WaitAsync(TimeSpan.FromMinutes(2), RawClient.Cancellation);
        }
        catch
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output, await errors);
    }

    public static Process Start(string program, params IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
    })!;
}
