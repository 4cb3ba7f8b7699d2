using MetaCollector.Testing.Processes;
using MetaCollector.Tests.ApiServer.Requests;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer;

/// <summary>The program as people run it, with a configuration that leads nowhere good.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("kubernetes")]
    public async Task Run_ServerOfAnotherName_SendsItNothingAndSaysWhy(string clustering)
    {
        await using var rig = await Rig.StartAsync();
        rig.Serving = [rig.Authority.Serving("worker-7.example.org", "192.0.2.7")];

        await using var collector = CollectorProcess.Start(
            rig.Config(user: "token: must-never-be-seen"), "--clustering", clustering, "--namespace", "default", "--name", "m");
        await Eventually.HoldsAsync(
            () => collector.Process.Tail.Contains("is for worker-7.example.org, 192.0.2.7, not for 127.0.0.1", StringComparison.Ordinal),
            "it says whose certificate it is", () => collector.Process.Tail);

        Assert.NotEmpty(rig.Front.Names);
        Assert.Equal(0, rig.Front.RequestBytes);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("kubernetes")]
    public async Task Run_ProxyThatIsNotThere_IsNamedByReadyz(string clustering)
    {
        await using var rig = await Rig.StartAsync();
        var environment = new Dictionary<string, string> { ["HTTPS_PROXY"] = "http://127.0.0.1:1", ["NO_PROXY"] = "localhost,10.0.0.0/8" };

        await using var collector = CollectorProcess.Start(
            rig.Config(server: "https://203.0.113.10:6443"), environment, ["--clustering", clustering, "--namespace", "default", "--name", "m"]);
        using var http = new HttpClient();
        var text = "";
        await Eventually.HoldsAsync(
            async () => (text = await ReadyzAsync(http, collector)).Contains("the proxy http://127.0.0.1:1 (from HTTPS_PROXY) cannot be reached", StringComparison.Ordinal),
            "it names the proxy", () => text);
    }

    private static async Task<string> ReadyzAsync(HttpClient http, CollectorProcess collector)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{collector.ProbePort}/readyz"));
            return await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return collector.Process.Tail;
        }
    }
}
