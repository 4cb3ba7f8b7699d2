using System.Net;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MetaCollector.Tests.Silo.Settings;

public sealed class OptionsReaderTests
{
    [Fact]
    public void Read_NothingGiven_IsThePredecessorsDefaults()
    {
        var (options, faults) = new Given().Read();
        Assert.Empty(faults);
        Assert.Equal(new CollectorOptions { LogFormat = LogFormat.Json }, options);
    }

    [Fact]
    public void Read_GivenEverywhere_FlagBeatsEnvironmentBeatsFile()
    {
        var (options, faults) = new Given(
            "--silo-port=1",
            "METACOLLECTOR_SILO_PORT=2 METACOLLECTOR_DRAIN_TIME=2s",
            """{ "MetaCollector": { "SiloPort": 3, "DrainTime": "3s", "LogLevel": "warn", "extra-kinds": ["jobs", "cronjobs"] } }""").Read();
        Assert.Empty(faults);
        Assert.Equal(1, options.SiloPort);
        Assert.Equal(TimeSpan.FromSeconds(2), options.DrainTime);
        Assert.Equal(LogLevel.Warning, options.LogLevels.All);
        Assert.Equal(KindSet.Of(ResourceKind.Job, ResourceKind.CronJob), options.ExtraKinds);
    }

    [Fact]
    public void Read_EverySetting_HasVariableAndKeyOfItsOwn()
    {
        Assert.Equal(RunSettings.All.Count, RunSettings.All.Select(setting => setting.Variable).Distinct().Count());
        Assert.Equal("METACOLLECTOR_BROKER_BIND_ADDRESS", RunSettings.Broker.Variable);
        Assert.Equal("BrokerBindAddress", RunSettings.Broker.Key);
        Assert.All(RunSettings.All, setting => Assert.True(setting.Matches(setting.Key) && setting.Matches(setting.Flag)));
    }

    [Fact]
    public void Read_ManyFaults_AllAtOnceEachWithItsPlace()
    {
        var (_, faults) = new Given(
            "--silo-port=x --extra-kinds=pods --broker-server-key=/k --metrics-bind-address=:45000 --drain-time=1y --silo-cert=/c",
            "METACOLLECTOR_LOG_LEVEL=loud METACOLLECTOR_NAME=Not_A_Name",
            """{ "MetaCollector": { "BrokerBindAdress": ":1", "Clustering": "redis" } }""").Read();
        Assert.Equal(
        [
            "appsettings.json MetaCollector:BrokerBindAdress: no such setting; did you mean BrokerBindAddress?",
            "appsettings.json MetaCollector:Clustering: 'redis' is none of kubernetes, localhost",
            "METACOLLECTOR_LOG_LEVEL: 'loud' is none of trace, debug, info, warn, error",
            "--extra-kinds: 'pods' is none of statefulsets, jobs, cronjobs",
            "METACOLLECTOR_NAME: 'Not_A_Name' is not a name that Kubernetes takes; use at most 63 lower case letters, digits and '-'",
            "--silo-port: 'x' is not a port; write a number up to 65535",
            "--drain-time: '1y' is not a duration of at most 300s; write for example 10s or 1m30s",
            "--broker-server-key: needs --broker-server-cert too",
            "--silo-cert: needs --silo-key and --silo-ca too",
            "--metrics-bind-address: port 45000 is taken by --broker-bind-address already; choose another",
        ], faults);
    }

    [Theory]
    [InlineData("-kubeconfig /k")]
    [InlineData("-kubeconfig=/k")]
    [InlineData("--kubeconfig /k")]
    [InlineData("--kubeconfig=/k")]
    [InlineData("--kubeconfig=/other --kubeconfig /k")]
    public void Read_FlagsAsGoWritesThem_Reads(string line) => Assert.Equal("/k", new Given(line).Read().Options.Kubeconfig);

    [Fact]
    public void Read_SwitchBeforeOtherFlag_TakesNoValue()
    {
        var (options, faults) = new Given("--zap-devel --zap-stacktrace-level error").Read();
        Assert.Empty(faults);
        Assert.Equal((LogLevel.Debug, LogFormat.Text), (options.LogLevels.All, options.LogFormat));
    }

    [Theory]
    [InlineData("--zap-log-level 3", LogLevel.Debug)]
    [InlineData("--zap-log-level error", LogLevel.Error)]
    [InlineData("--zap-devel --zap-log-level=info", LogLevel.Information)]
    [InlineData("--zap-log-level debug --log-level warn", LogLevel.Warning)]
    public void Read_PredecessorsLogFlags_Mean(string line, LogLevel expected) => Assert.Equal(expected, new Given(line).Read().Options.LogLevels.All);

    [Fact]
    public void Read_LevelsOfCategories_AreThoseOfTheFullNames()
    {
        var (options, faults) = new Given("--log-level warn,Informer=debug --log-level Orleans.Runtime=info").Read();
        Assert.Empty(faults);
        Assert.Equal(LogLevel.Warning, options.LogLevels.All);
        Assert.Equal(
            new Dictionary<string, LogLevel> { ["MetaCollector.Informer"] = LogLevel.Debug, ["Orleans.Runtime"] = LogLevel.Information }, options.LogLevels.Categories);
    }

    [Fact]
    public void Read_PodLabels_AreKeysWithValues()
    {
        var (options, faults) = new Given("--pod-labels app.kubernetes.io/name=k8s-metacollector,app.kubernetes.io/instance=mine,empty=").Read();
        Assert.Empty(faults);
        Assert.Equal(
            ["app.kubernetes.io/name: k8s-metacollector", "app.kubernetes.io/instance: mine", "empty: "],
            options.PodLabels.Select(label => $"{label.Key}: {label.Value}"));
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("=mine")]
    [InlineData("app=-mine")]
    [InlineData("app!=mine")]
    public void Read_PodLabelThatIsNone_IsAFault(string label) => Assert.Equal(
        [$"--pod-labels: '{label}' is no label of Kubernetes; write for example app.kubernetes.io/instance=mine"], new Given($"--pod-labels {label}").Read().Faults);

    [Theory]
    [InlineData("--name=-mine")]
    [InlineData("--name=Mine")]
    [InlineData("--name=mine.too")]
    [InlineData("--name=mine\n")]
    [InlineData("--namespace=mine\n")]
    public void Read_NameThatKubernetesRefuses_IsAFault(string line)
    {
        var (flag, name) = (line.Split('=')[0], line.Split('=')[1].ReplaceLineEndings(" "));
        Assert.Equal([$"{flag}: '{name}' is not a name that Kubernetes takes; use at most 63 lower case letters, digits and '-'"], new Given(line).Read().Faults);
    }

    [Theory]
    [InlineData("--log-level loud", "--log-level: 'loud' is none of trace, debug, info, warn, error")]
    [InlineData("--log-level Informer=loud", "--log-level: 'loud' is none of trace, debug, info, warn, error")]
    [InlineData("--log-level =debug", "--log-level: '=debug' names no category; write for example Informer=debug")]
    public void Read_LevelsThatAreNone_AreFaults(string line, string fault) => Assert.Equal([fault], new Given(line).Read().Faults);

    // Each silence costs the API server a list of the kind.
    [Theory]
    [InlineData("0s")]
    [InlineData("1ms")]
    public void Read_WatchesThatMayHardlyBeSilent_IsAFault(string duration) => Assert.Equal(
        [$"--watch-idle-timeout: '{duration}' is not a duration of at least 1s and at most 3600s; write for example 10s or 1m30s"],
        new Given($"--watch-idle-timeout {duration}").Read().Faults);

    [Fact]
    public void Read_FlagWithoutValue_SaysSo() =>
        Assert.Equal(["--kubeconfig: needs a value: --kubeconfig FILE"], new Given("--kubeconfig").Read().Faults);

    [Fact]
    public void Read_ListenersSwitchedOff_AreNull()
    {
        var (options, faults) = new Given("--metrics-bind-address 0 --health-probe-bind-address=0 --inspect-bind-address= --dashboard-bind-address=").Read();
        Assert.Empty(faults);
        Assert.Null(options.Metrics);
        Assert.Null(options.Probes);
        Assert.Null(options.Inspect);
        Assert.Null(options.Dashboard);
    }

    [Fact]
    public void Read_ServiceLinkOfKubernetes_IsNoSetting()
    {
        var (options, faults) = new Given(Environment: "METACOLLECTOR_SILO_PORT=tcp://10.0.0.1:11111").Read();
        Assert.Empty(faults);
        Assert.Equal(11111, options.SiloPort);
    }

    [Fact]
    public void Read_InAPod_KnowsItsAddressAndNamespace()
    {
        var (options, faults) = new Given("--clustering kubernetes", "POD_IP=10.1.2.3 POD_NAME=mc-0 POD_UID=u", PodNamespace: "falco").Read();
        Assert.Empty(faults);
        Assert.Equal(IPAddress.Parse("10.1.2.3"), options.SiloAddress);
        Assert.Equal(("falco", "mc-0", "u"), (options.Namespace, options.PodName, options.PodUid));
    }

    [Theory]
    [InlineData("0.0.0.0", "cannot be reached by others")]
    [InlineData("me", "is not an IP address")]
    public void Read_SiloAddressOfNobody_SaysSo(string address, string fault) =>
        Assert.Contains(fault, Assert.Single(new Given($"--silo-address {address}").Read().Faults), StringComparison.Ordinal);

    [Fact]
    public void Read_OnATerminal_LogsText()
    {
        Assert.Equal(LogFormat.Text, new Given(IsTerminal: true).Read().Options.LogFormat);
        Assert.Equal(LogFormat.Json, new Given("--log-format json", IsTerminal: true).Read().Options.LogFormat);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("500ms", 0.5)]
    [InlineData("1m30s", 90)]
    [InlineData("1.5s", 1.5)]
    public void GoDuration_AsGoWritesThem_Reads(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds, 3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-1s")]
    [InlineData("1s ")]
    [InlineData("1s\n")]
    [InlineData("99999h")]
    public void GoDuration_Nonsense_Refuses(string text) => Assert.False(GoDuration.TryParse(text, out _));
}
