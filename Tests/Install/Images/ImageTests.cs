using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Images;

/// <summary>
/// The image of the Dockerfile, built, looked at and run, where there is a container engine. With docker it is built from its real bases,
/// with podman from what stands in for them.
/// </summary>
public sealed class ImageTests(ImageTests.Builder builder) : IClassFixture<ImageTests.Builder>
{
    private const string Name = "metacollector";
    private const long Limit = 128 << 20;

    [Fact]
    public void Config_OfTheImage_IsWhatTheChartReliesOn()
    {
        var image = JsonNode.Parse(builder.Engine().Run("image", "inspect", Name))![0]!;
        var config = image["Config"]!;
        Assert.Equal("1000:1000", (string?)config["User"]);
        Assert.Equal(["/metacollector"], config["Entrypoint"].Strings());
        Assert.Equal(["run"], config["Cmd"].Strings());
        Assert.Equal(["11111/tcp", "45000/tcp", "8080/tcp", "8081/tcp"], config["ExposedPorts"]!.AsObject().Select(port => port.Key).Order(StringComparer.Ordinal));
        Assert.Equal("Apache-2.0", (string?)config["Labels"]!["org.opencontainers.image.licenses"]);
        Assert.Equal("revision", (string?)config["Labels"]!["org.opencontainers.image.revision"]);
    }

    [Fact]
    public void Files_OfTheImage_AreTheProgramAloneAndNobodysToWrite()
    {
        var engine = builder.Engine();
        var container = engine.Run("create", Name).Trim();
        var archive = Path.Combine(engine.Folder, "files.tar");
        engine.Run("export", "--output", archive, container);
        engine.Run("rm", container);
        var files = Shell.Run("tar", ["--list", "--verbose", "--numeric-owner", "--file", archive]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries)).Select(part => (Mode: part[0], Owner: part[1], Path: part[5])).ToList();

        Assert.Contains(files, file => file.Path == "metacollector -> app/metacollector");
        Assert.Contains(files, file => file.Path == "meta-collector -> app/metacollector");
        var program = files.Where(file => file.Path.StartsWith("app/", StringComparison.Ordinal)).ToList();
        Assert.Contains(program, file => file.Path == "app/metacollector.dll");
        Assert.Contains(program, file => file.Path == "app/THIRD-PARTY-NOTICES.txt");
        Assert.All(program, file => Assert.Equal("0/0", file.Owner));
        Assert.All(program, file => Assert.Contains(file.Mode, (string[])["drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x"]));
        string[] shells = ["bin/sh", "usr/bin/sh", "bin/bash", "usr/bin/bash", "usr/bin/apt-get", "usr/bin/dpkg"];
        Assert.DoesNotContain(files, file => shells.Contains(file.Path));
    }

    [Theory]
    [InlineData("/metacollector")]
    [InlineData("/meta-collector")]
    public void Program_BothNames_TellTheVersion(string program)
    {
        var output = builder.Engine().Run(["run", "--rm", "--entrypoint", program, .. Limits, Name, "version"]);
        Assert.Contains("0.1.0", output, StringComparison.Ordinal);
        Assert.Contains("revision", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_ReadOnlyWithAMemoryLimit_ServesAndEndsInGoodOrder()
    {
        var engine = builder.Engine();
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions());
        simulator.Clusters.Generate(10, 30, namespaces: 10);
        var folder = Directory.CreateDirectory(Path.Combine(engine.Folder, "mounted")).FullName;
        await simulator.WriteKubeconfigAsync(Path.Combine(folder, "kubeconfig"));
        int broker = Ports.Free(), probes = Ports.Free(), inspect = Ports.Free();
        await using var container = engine.Start(["run", "--name", "limited", "--network", "host", "--volume", $"{folder}:/mounted:ro", .. Limits, Name,
            "run", "--kubeconfig", "/mounted/kubeconfig", "--silo-port", $"{Ports.Free()}", "--metrics-bind-address", "0",
            "--broker-bind-address", $"127.0.0.1:{broker}", "--health-probe-bind-address", $"127.0.0.1:{probes}", "--inspect-bind-address", $"127.0.0.1:{inspect}", "--dashboard-bind-address", ""]);
        await MetacollectorProgram.GetAsync($"http://127.0.0.1:{probes}/readyz", (status, _) => status == System.Net.HttpStatusCode.OK, container);

        await using (var subscriber = new Subscriber(new Uri($"http://127.0.0.1:{broker}"), "node-3"))
        {
            var expected = Comparison.OracleOf(simulator).LinesFor("node-3");
            await subscriber.Log.UntilAsync(log => log.Holds(expected), "node-3 is told everything");
            Assert.Empty(subscriber.Log.Faults);

            // As kubectl exec does: there is no shell to ask for.
            var (code, output, error) = engine.TryRun("exec", "limited", "/metacollector", "inspect", "node", "node-3", "--inspect-addr", $"127.0.0.1:{inspect}");
            Assert.True(code == 0, output + error);
        }

        var state = JsonNode.Parse(engine.Run("container", "inspect", "limited"))![0]!;
        Assert.Equal(Limit, (long)state["HostConfig"]!["Memory"]!);
        engine.Run("kill", "--signal", $"{Signals.Terminate}", "limited");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await container.WaitForExitAsync(patience.Token);
        Assert.True(container.ExitCode == 0, container.Tail);
        Assert.False((bool)JsonNode.Parse(engine.Run("container", "inspect", "limited"))![0]!["State"]!["OOMKilled"]!);
        engine.Run("rm", "limited");
    }

    private static string[] Limits =>
    [
        "--user", "1000:1000", "--read-only", "--memory", $"{Limit}", "--memory-swap", $"{Limit}", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
        // What the engine would set by itself is more than some hosts allow.
        "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096",
    ];

    /// <summary>Builds the image once, before the first test: it takes longer than a test may, and is given up by a time of its own.</summary>
    public sealed class Builder : IAsyncLifetime
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

        private ContainerEngine? _engine;

        /// <summary>An engine that has the image; skips the test where there is none.</summary>
        internal ContainerEngine Engine()
        {
            Assert.SkipWhen(_engine is null, "no container engine: docker does not answer, and there is no podman on the PATH, or we are not root");
            return _engine!;
        }

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            _engine = ContainerEngine.Find();
            if (_engine is null) return;
            IReadOnlyList<string> bases = _engine.IsPodman ? StandIns.Make(_engine) : [];
            await _engine.BuildAsync(Limit, [.. bases, "--build-arg", "REVISION=revision", "--tag", Name, Repository.Root]);
        }

        /// <inheritdoc/>
        public ValueTask DisposeAsync()
        {
            _engine?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
