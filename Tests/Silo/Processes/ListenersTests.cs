using System.Net;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>Each listener of the program serves what it is there for, and nothing else.</summary>
public sealed class ListenersTests
{
    [Fact]
    public async Task Inspect_WithTheDashboard_HasAListenerOfItsOwn()
    {
        string inspect = $"127.0.0.1:{Ports.Free()}", dashboard = $"127.0.0.1:{Ports.Free()}";
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(
            flags: ["--inspect-bind-address", inspect, "--dashboard-bind-address", dashboard]);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(inspect, "inspect/cluster"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(dashboard, "inspect/cluster"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(dashboard, ""));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(inspect, ""));
    }

    [Fact]
    public async Task Inspect_WithoutTheDashboard_Answers()
    {
        var inspect = $"127.0.0.1:{Ports.Free()}";
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(flags: ["--inspect-bind-address", inspect]);
        var (exitCode, lines) = await MetacollectorProgram.RunAsync("inspect", "cluster", "--inspect-addr", inspect);
        Assert.True(exitCode == 0, string.Join('\n', lines));
    }

    private static async Task<HttpStatusCode> AskAsync(string address, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://{address}/{path}"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
