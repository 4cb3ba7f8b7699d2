using System.Net;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Tests.Support;

/// <summary>The built program, run as a child process.</summary>
internal static class MetacollectorProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "metacollector.dll");

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(params string[] arguments)
    {
        await using var process = ChildProcess.Start(Path, arguments, Environment);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, process.Tail.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>An environment without any kubeconfig.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string> { ["KUBECONFIG"] = "", ["HOME"] = "/nonexistent" };

    /// <summary>Flags that keep all listeners off other ports than these.</summary>
    public static string[] Listeners(int broker, int probes, int metrics) =>
    [
        "--broker-bind-address", $"127.0.0.1:{broker}", "--health-probe-bind-address", $"127.0.0.1:{probes}",
        "--metrics-bind-address", $"127.0.0.1:{metrics}", "--inspect-bind-address=", "--dashboard-bind-address=",
        "--silo-port", "0",
    ];

    /// <summary>Asks until somebody answers and the answer is as wanted.</summary>
    public static async Task<string> GetAsync(string address, Func<HttpStatusCode, string, bool> isWanted, ChildProcess process)
    {
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (process.HasExited) throw new InvalidOperationException($"it ended:\n{process.Tail}");
            try
            {
                using var answer = await http.GetAsync(new Uri(address), patience.Token);
                var body = await answer.Content.ReadAsStringAsync(patience.Token);
                if (isWanted(answer.StatusCode, body)) return body;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50, patience.Token);
        }
    }
}
