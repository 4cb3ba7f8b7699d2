using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Faults;

/// <summary>Faults do what they say, and only that: the simulator's own, and those of the proxy before a real server.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task CutWatches_BreaksThoseOfTheResource()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        var lease = await server.CreateAsync(Lease("a"));
        var map = await server.CreateAsync(ConfigMap("c").Labelled(("of", "the-test")));
        using var leases = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        using var maps = await server.Api.WatchAsync(server.ConfigMaps, "resourceVersion=0&labelSelector=of");
        await leases.NextAsync();
        await maps.NextAsync();

        Assert.Equal(1, server.Faults.CutWatches("leases"));
        await Assert.ThrowsAnyAsync<IOException>(leases.NextAsync);
        await server.DeleteAsync(map);
        Assert.Equal("DELETED c", (await maps.NextAsync())!.ToString());
        Assert.Equal(200, (await server.Api.GetAsync(server.PathOf(lease))).Code);
    }

    [Fact]
    public async Task CutOneWatch_BreaksTheYoungest()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        var lease = await server.CreateAsync(Lease("a"));
        using var older = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        await older.NextAsync();
        using var younger = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        await younger.NextAsync();

        Assert.True(server.Faults.CutOneWatch("leases"));
        Assert.False(server.Faults.CutOneWatch("pods"));
        await Assert.ThrowsAnyAsync<IOException>(younger.NextAsync);
        await server.DeleteAsync(lease);
        Assert.Equal("DELETED a", (await older.NextAsync())!.ToString());
    }

    [Fact]
    public async Task EndWatches_EndsThemInPeace()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        await server.CreateAsync(Lease("a"));
        using var watch = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        await watch.NextAsync();

        Assert.Equal(1, server.Faults.EndWatches("leases"));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task FrozenWatch_IsSilent_ThenGoesOnWhereItStood()
    {
        await using var server = await AnyServer.StartWithFaultsAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(20) });
        await server.CreateAsync(Lease("a"));
        using var frozen = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        using var other = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        await frozen.NextAsync();
        await other.NextAsync();
        var watch = server.Requests.OpenWatches[0];
        server.Faults.FreezeWatches("leases");
        await server.CreateAsync(Lease("b"));
        var bytes = watch.Bytes;
        using var third = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        Assert.Equal(["ADDED a", "ADDED b"], (await third.TakeAsync(2)).Select(one => one.ToString()));

        Assert.Equal(bytes, watch.Bytes);
        Assert.Equal(2, server.Faults.ThawWatches("leases"));
        Assert.Equal("ADDED b", (await frozen.NextAsync())!.ToString());
        Assert.Equal("ADDED b", (await other.NextAsync())!.ToString());
    }

    [Fact]
    public async Task ExpireWatches_SendsAnErrorInside()
    {
        AnyServer.NeedsSimulator("tells open watches that they are too old");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, "resourceVersion=0");
        await watch.NextAsync();
        simulator.Faults.ExpireWatches("configmaps");
        var error = await watch.NextAsync();

        Assert.Equal(("ERROR", "Expired"), (error!.Type, error.Object["reason"]!.Text));
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task ExpireNextWatches_HitsThoseThatResume()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        var version = await server.VersionAsync();
        await server.CreateAsync(Lease("a"));
        server.Faults.ExpireNextWatches("leases");
        using var fresh = await server.Api.WatchAsync(server.Leases, "resourceVersion=0");
        using var resumed = await server.Api.WatchAsync(server.Leases, $"resourceVersion={version}");
        using var again = await server.Api.WatchAsync(server.Leases, $"resourceVersion={version}");

        Assert.Equal("ADDED", (await fresh.NextAsync())!.Type);
        Assert.Equal("ERROR", (await resumed.NextAsync())!.Type);
        Assert.Equal("ADDED", (await again.NextAsync())!.Type);
    }

    [Fact]
    public async Task Answers_StandInForTheRealOnes_AsOftenAsSaid()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        server.Faults.Answer(429, times: 2, resource: "pods", verb: "list", retryAfterSeconds: 7);
        server.Faults.Answer(503, resource: "configmaps");
        var first = await server.Api.GetAsync(server.Pods);
        var second = await server.Api.GetAsync(server.Pods);
        var third = await server.Api.GetAsync(server.Pods);
        var other = await server.Api.GetAsync(server.ConfigMaps);

        Assert.Equal((429, "TooManyRequests", TimeSpan.FromSeconds(7)), (first.Code, first.Reason, first.RetryAfter));
        Assert.Equal((429, 200), (second.Code, third.Code));
        Assert.Equal((503, "ServiceUnavailable"), (other.Code, other.Reason));
        server.Faults.Answer(500, int.MaxValue);
        Assert.Equal(500, (await server.Api.GetAsync(server.Pods)).Code);
        server.Faults.ClearAnswers();
        Assert.Equal(200, (await server.Api.GetAsync(server.Pods)).Code);
    }

    [Fact]
    public async Task Delay_HoldsAnswersBack()
    {
        await using var server = await AnyServer.StartWithFaultsAsync();
        server.Faults.Delay(TimeSpan.FromMilliseconds(200), "pods");
        var clock = Stopwatch.StartNew();
        await server.Api.GetAsync(server.Pods);

        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(190), $"it came after {clock.Elapsed}");
    }

    [Fact]
    public async Task Restart_KeepsTheStateAndForgetsTheHistory()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, "resourceVersion=0");
        await watch.NextAsync();
        var url = simulator.Url;
        await simulator.StopAsync();
        await Assert.ThrowsAnyAsync<IOException>(watch.NextAsync);
        await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync(RawClient.ConfigMaps));
        simulator.Objects.Create(ConfigMap("b"));
        await simulator.ResumeAsync(cancellation: RawClient.Cancellation);

        Assert.Equal(url, simulator.Url);
        Assert.Equal(["a", "b"], (await api.GetAsync(RawClient.ConfigMaps)).Names);
    }

    [Fact]
    public async Task Restart_WithABackup_GoesBackInTime()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        var backup = simulator.Objects.Snapshot();
        simulator.Objects.Create(ConfigMap("b"));
        var newer = simulator.Objects.Snapshot();
        await simulator.RestartAsync(state: backup, cancellation: RawClient.Cancellation);
        var older = await api.GetAsync(RawClient.ConfigMaps);
        await simulator.RestartAsync(state: newer, cancellation: RawClient.Cancellation);
        var back = await api.GetAsync(RawClient.ConfigMaps);

        Assert.Equal(["a"], older.Names);
        Assert.Equal(backup.ResourceVersion.ToString(CultureInfo.InvariantCulture), older.Version);
        Assert.Equal(["a", "b"], back.Names);
        Assert.Equal(newer.ResourceVersion.ToString(CultureInfo.InvariantCulture), back.Version);
        Assert.Equal(2, newer.Of(ResourceTypes.ConfigMaps).Count);
    }

    [Fact]
    public async Task Port_InUse_IsSaid()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        var taken = new Uri(simulator.Url).Port;

        await Assert.ThrowsAsync<IOException>(() => ApiServerSimulator.StartAsync(new SimulatorOptions { Port = taken }, RawClient.Cancellation));
    }

    [Fact]
    public async Task Options_ThatCannotBe_AreAllNamed()
    {
        var fault = await Assert.ThrowsAsync<ArgumentException>(() => ApiServerSimulator.StartAsync(new SimulatorOptions { Port = -1, History = 0 }, RawClient.Cancellation));

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
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = https }, RawClient.Cancellation);
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, seen, _, _) => IsOf(simulator, seen!) } };
        using var http = new HttpClient(handler)
        {
            DefaultRequestVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await http.GetAsync(new Uri(simulator.Url + "/api/v1/namespaces"), RawClient.Cancellation);

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
