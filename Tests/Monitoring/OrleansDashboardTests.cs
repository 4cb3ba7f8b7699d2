using System.Globalization;
using System.Text.RegularExpressions;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>The Orleans dashboard, as a person sees it: in a browser.</summary>
public sealed partial class OrleansDashboardTests : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";
    private const string Screenshot = "docs/dashboard.png";
    private const float Patience = 60_000;

    private readonly string _profile = Directory.CreateTempSubdirectory("metacollector-browser-").FullName;

    public void Dispose() => Directory.Delete(_profile, recursive: true);

    [Fact]
    public async Task Dashboard_InABrowser_ShowsOurGrainsAndTheirCalls()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"there is no {Chromium} (Debian's package chromium)");
        var address = $"127.0.0.1:{Ports.Free()}";
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(
            prepare: simulator => simulator.Clusters.Generate(3, 8, namespaces: 3), flags: ["--dashboard-bind-address", address]);
        await using var churn = cluster.Simulator.StartChurn(perSecond: 20);
        await using var first = cluster.Subscribe("node-0");
        await using var second = cluster.Subscribe("node-1");
        await first.Log.UntilAsync(log => log.Held.Count > 5, "the node's resources");

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchPersistentContextAsync(_profile, new()
        {
            ExecutablePath = Chromium,
            Headless = true,
            ViewportSize = new() { Width = 1100, Height = 540 },
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        await page.GotoAsync($"http://{address}/#/grains");
        foreach (var grain in (string[])["NodeGrain", "ResourceGrain"])
            await page.Locator("tr", new() { HasText = grain }).Filter(new() { HasTextRegex = IsCalled() }).WaitForAsync();
        if (Repository.Updates) await page.ScreenshotAsync(new() { Path = Repository.PathOf(Screenshot) });

        await page.GetByText("NodeGrain").First.ClickAsync();
        foreach (var call in (string[])["ReceiveAsync", "SubscribeAsync"]) await page.GetByText(call).First.WaitForAsync();
    }

    [Fact]
    public async Task Dashboard_BeforeAnybodyLooks_HasNotMadeItsPages()
    {
        const double Much = 20e6;
        var address = $"127.0.0.1:{Ports.Free()}";
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(flags: ["--dashboard-bind-address", address]);
        using var http = new HttpClient();
        var before = await AllocatedAsync(cluster);
        var page = await http.GetStringAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
        var first = await AllocatedAsync(cluster);
        await http.GetStringAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
        var second = await AllocatedAsync(cluster);

        Assert.Contains("<html", page, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(first - before, Much, double.MaxValue);
        Assert.InRange(second - first, 0, Much);
    }

    // In bytes since the start: what is made once shows, whatever the collector of garbage does.
    private static async Task<double> AllocatedAsync(EndToEndCluster cluster)
    {
        var line = (await cluster.Collector.MetricsAsync(TestContext.Current.CancellationToken)).Split('\n')
            .Single(line => line.StartsWith("dotnet_gc_heap_total_allocated", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    // Its throughput is not 0.00 req/sec.
    [GeneratedRegex(@"[1-9][0-9.,]*\s*req|0\.0?[1-9]\d?\s*req")]
    private static partial Regex IsCalled();
}
