using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Faults;

/// <summary>Faults do what they say, and only that.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task CutWatches_BreaksThoseOfTheResource()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Objects.Create(Pod("p"));
        using var maps = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        using var pods = await api.WatchAsync(ApiClient.Pods, "resourceVersion=0");
        await maps.NextAsync();
        await pods.NextAsync();

        Assert.Equal(1, simulator.Faults.CutWatches("configmaps"));
        await Assert.ThrowsAnyAsync<IOException>(maps.NextAsync);
        simulator.Objects.Delete(Pod("p"));
        Assert.Equal("DELETED p", (await pods.NextAsync())!.ToString());
    }

    [Fact]
    public async Task CutOneWatch_BreaksTheYoungest()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var older = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await older.NextAsync();
        using var younger = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await younger.NextAsync();

        Assert.True(simulator.Faults.CutOneWatch("configmaps"));
        Assert.False(simulator.Faults.CutOneWatch("pods"));
        await Assert.ThrowsAnyAsync<IOException>(younger.NextAsync);
        simulator.Objects.Delete(ConfigMap("a"));
        Assert.Equal("DELETED a", (await older.NextAsync())!.ToString());
    }

    [Fact]
    public async Task FrozenWatch_IsSilent_ThenGoesOnWhereItStood()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(20) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var frozen = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        using var other = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await frozen.NextAsync();
        await other.NextAsync();
        var watch = simulator.Requests.OpenWatches[0];
        simulator.Faults.FreezeWatches("configmaps");
        simulator.Objects.Create(ConfigMap("b"));
        var bytes = watch.Bytes;
        using var third = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        Assert.Equal(["ADDED a", "ADDED b"], (await third.TakeAsync(2)).Select(one => one.ToString()));

        Assert.Equal(bytes, watch.Bytes);
        Assert.Equal(2, simulator.Faults.ThawWatches("configmaps"));
        Assert.Equal("ADDED b", (await frozen.NextAsync())!.ToString());
        Assert.Equal("ADDED b", (await other.NextAsync())!.ToString());
    }

    [Fact]
    public async Task ExpireWatches_SendsAnErrorInside()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await watch.NextAsync();
        simulator.Faults.ExpireWatches("configmaps");
        var error = await watch.NextAsync();

        Assert.Equal(("ERROR", "Expired"), (error!.Type, error.Object["reason"]!.Text));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task ExpireNextWatches_HitsThoseThatResume()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Faults.ExpireNextWatches("configmaps");
        var version = simulator.Objects.ResourceVersion - 1;
        using var fresh = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        using var resumed = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={version}");
        using var again = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={version}");

        Assert.Equal("ADDED", (await fresh.NextAsync())!.Type);
        Assert.Equal("ERROR", (await resumed.NextAsync())!.Type);
        Assert.Equal("ADDED", (await again.NextAsync())!.Type);
    }

    [Fact]
    public async Task Answers_StandInForTheRealOnes_AsOftenAsSaid()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Faults.Answer(429, times: 2, resource: "pods", verb: "list", retryAfterSeconds: 7);
        simulator.Faults.Answer(503, resource: "configmaps");
        var first = await api.GetAsync(ApiClient.Pods);
        var second = await api.GetAsync(ApiClient.Pods);
        var third = await api.GetAsync(ApiClient.Pods);
        var other = await api.GetAsync(ApiClient.ConfigMaps);

        Assert.Equal((429, "TooManyRequests", TimeSpan.FromSeconds(7)), (first.Code, first.Reason, first.RetryAfter));
        Assert.Equal((429, 200), (second.Code, third.Code));
        Assert.Equal((503, "ServiceUnavailable"), (other.Code, other.Reason));
        simulator.Faults.Answer(500, int.MaxValue);
        Assert.Equal(500, (await api.GetAsync(ApiClient.Pods)).Code);
        simulator.Faults.ClearAnswers();
        Assert.Equal(200, (await api.GetAsync(ApiClient.Pods)).Code);
    }

    [Fact]
    public async Task Delay_HoldsAnswersBack()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Faults.Delay(TimeSpan.FromMilliseconds(200), "pods");
        var clock = Stopwatch.StartNew();
        await api.GetAsync(ApiClient.Pods);

        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(190), $"it came after {clock.Elapsed}");
    }

    [Fact]
    public async Task Restart_KeepsTheStateAndForgetsTheHistory()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await watch.NextAsync();
        var url = simulator.Url;
        await simulator.StopAsync();
        await Assert.ThrowsAnyAsync<IOException>(watch.NextAsync);
        await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync(ApiClient.ConfigMaps));
        simulator.Objects.Create(ConfigMap("b"));
        await simulator.ResumeAsync(cancellation: ApiClient.Cancellation);

        Assert.Equal(url, simulator.Url);
        Assert.Equal(["a", "b"], (await api.GetAsync(ApiClient.ConfigMaps)).Names);
    }

    [Fact]
    public async Task Restart_WithABackup_GoesBackInTime()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        var backup = simulator.Objects.Snapshot();
        simulator.Objects.Create(ConfigMap("b"));
        var newer = simulator.Objects.Snapshot();
        await simulator.RestartAsync(state: backup, cancellation: ApiClient.Cancellation);
        var older = await api.GetAsync(ApiClient.ConfigMaps);
        await simulator.RestartAsync(state: newer, cancellation: ApiClient.Cancellation);
        var back = await api.GetAsync(ApiClient.ConfigMaps);

        Assert.Equal(["a"], older.Names);
        Assert.Equal(backup.ResourceVersion.ToString(CultureInfo.InvariantCulture), older.Version);
        Assert.Equal(["a", "b"], back.Names);
        Assert.Equal(newer.ResourceVersion.ToString(CultureInfo.InvariantCulture), back.Version);
        Assert.Equal(2, newer.Of(ResourceTypes.ConfigMaps).Count);
    }

    [Fact]
    public async Task Port_InUse_IsSaid()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        var taken = new Uri(simulator.Url).Port;

        await Assert.ThrowsAsync<IOException>(() => ApiServerSimulator.StartAsync(new SimulatorOptions { Port = taken }, ApiClient.Cancellation));
    }

    [Fact]
    public async Task Options_ThatCannotBe_AreAllNamed()
    {
        var fault = await Assert.ThrowsAsync<ArgumentException>(() => ApiServerSimulator.StartAsync(new SimulatorOptions { Port = -1, History = 0 }, ApiClient.Cancellation));

        Assert.Contains("Port", fault.Message, StringComparison.Ordinal);
        Assert.Contains("History", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public async Task Protocols_OnOnePort(bool https, int version)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = https }, ApiClient.Cancellation);
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, seen, _, _) => IsOf(simulator, seen!) } };
        using var http = new HttpClient(handler)
        {
            DefaultRequestVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await http.GetAsync(new Uri(simulator.Url + "/api/v1/namespaces"), ApiClient.Cancellation);

        Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version.Major));
    }

    /// <summary>Whether the certificate is the one that the kubeconfig names.</summary>
    private static bool IsOf(ApiServerSimulator simulator, X509Certificate seen)
    {
        const string Mark = "certificate-authority-data: ";
        var line = simulator.Kubeconfig.Split('\n').Single(one => one.Contains(Mark, StringComparison.Ordinal));
        using var named = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(line[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..]));
        return named.Thumbprint == seen.GetCertHashString();
    }
}
