using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.Demo;

/// <summary>The demo, run as a newcomer runs it.</summary>
public sealed class DemoTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "MetaCollector.Demo.dll");

    [Fact]
    public async Task Demo_SecondsOver_SaysThatEveryPromiseHeld()
    {
        var (code, output) = await RunAsync([], "--seconds", "3");
        Assert.True(code == 0, output);
        Assert.Contains("Every promise held: a legal log, nothing missing, nothing unrelated, no dangling reference.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_WatchCannotStart_SaysWhatIsBroken()
    {
        // A setting of watch alone, which the collector does not know.
        var (code, output) = await RunAsync(new Dictionary<string, string> { ["METACOLLECTOR_TLS_CA"] = "/nonexistent" }, "--seconds", "60");
        Assert.Equal(1, code);
        Assert.Contains("broken: watch ended with exit code 1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Every promise held", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        await using var demo = ChildProcess.Start(Program, arguments, environment);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await demo.WaitForExitAsync(patience.Token);
        return (demo.ExitCode, demo.Tail);
    }
}
