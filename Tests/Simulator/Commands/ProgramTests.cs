using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Simulator.Commands;

/// <summary>The simulator as a program.</summary>
public sealed class ProgramTests
{
    private static string Program { get; } = typeof(ApiServerSimulator).Assembly.Location;

    [Fact]
    public async Task Serve_WithACluster_WritesAKubeconfigAndAnswers()
    {
        var kubeconfig = Path.GetTempFileName();
        using var process = CommandLine.Start(
            "dotnet", Program, "serve", "--port", "0", "--nodes", "2", "--pods-per-node", "4", "--churn", "20", "--kubeconfig-out", kubeconfig);
        try
        {
            string? line;
            while ((line = await process.StandardOutput.ReadLineAsync(RawClient.Cancellation)) is not null && !line.StartsWith("serving: ", StringComparison.Ordinal))
            {
                Assert.NotNull(line);
            }

            var url = line!["serving: ".Length..];
            using var http = new HttpClient();
            Assert.Contains("\"PodList\"", await http.GetStringAsync(new Uri(url + "/api/v1/pods"), RawClient.Cancellation), StringComparison.Ordinal);
            Assert.Contains(url, await File.ReadAllTextAsync(kubeconfig, RawClient.Cancellation), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            File.Delete(kubeconfig);
        }
    }

    [Theory]
    [InlineData("serve", "--port", "99999")]
    [InlineData("serve", "--port", "abc")]
    [InlineData("serve", "--nosuch", "1")]
    [InlineData("serve", "--port=0", "--nodes=-1")]
    [InlineData("serve", "--port=0", "--manifests=/no/such/folder")]
    [InlineData("serve", "--port=0", "--churn=-1")]
    [InlineData("serve", "--streaming-lists", "perhaps")]
    public async Task BadInput_IsOneLineAndExitCode1(params string[] arguments)
    {
        var (code, _, errors) = await CommandLine.RunAsync("dotnet", null, [Program, .. arguments]);

        Assert.Equal(1, code);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task Help_Helps()
    {
        var (code, output, _) = await CommandLine.RunAsync("dotnet", null, [Program, "serve", "--help"]);

        Assert.Equal(0, code);
        Assert.Contains("--pods-per-node", output, StringComparison.Ordinal);
    }
}
