using System.Text.RegularExpressions;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The quick start: the script does what its document says, and says what is wrong.</summary>
public sealed partial class QuickstartTests
{
    private const string Page = "docs/quickstart.md";

    [Theory]
    [InlineData("kind")]
    [InlineData("k3d")]
    [InlineData("minikube")]
    public void Script_Tool_RunsWhatTheDocumentSaysInItsOrder(string tool)
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        var (code, output, error, calls) = quickstart.Run(tool);
        Assert.True(code == 0, error);
        Assert.Contains("Everything works.", output, StringComparison.Ordinal);

        var said = Commands(tool).Concat(Commands("all")).ToList();
        Assert.NotEmpty(said);
        Assert.Equal(said, calls.Where(said.Contains).Distinct());
        foreach (var other in Quickstart.Programs[1..4].Where(other => other != tool)) Assert.DoesNotContain(calls, call => call.StartsWith($"{other} ", StringComparison.Ordinal));
    }

    [Fact]
    public void Script_ClusterExists_IsKept()
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        quickstart.Answer("kind", """[ "$*" != 'get clusters' ] || printf 'other\nmetacollector\n'""");
        var (code, _, error, calls) = quickstart.Run("kind");
        Assert.True(code == 0, error);
        Assert.DoesNotContain(calls, call => call.StartsWith("kind create", StringComparison.Ordinal));
        Assert.Contains("kind load docker-image k8s-metacollector:quickstart --name metacollector", calls);
    }

    [Theory]
    [InlineData("kind", "kind delete cluster --name metacollector")]
    [InlineData("k3d", "k3d cluster delete metacollector")]
    [InlineData("minikube", "minikube delete --profile metacollector")]
    public void Script_Down_DeletesTheClusterAndNothingElse(string tool, string expected)
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        var (code, _, _, calls) = quickstart.Run(tool, "down");
        Assert.Equal(0, code);
        Assert.Equal([expected], calls);
    }

    [Fact]
    public void Script_ProgramsMissing_NamesThemInOneLine()
    {
        using var quickstart = new Quickstart("docker", "kubectl");
        var (code, _, error, calls) = quickstart.Run();
        Assert.Equal(1, code);
        Assert.Equal("quickstart: not on the PATH: kind helm\n", error);
        Assert.Empty(calls);
    }

    [Fact]
    public void Script_DockerEngineDoesNotAnswer_SaysSo()
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        quickstart.Answer("docker", "exit 1");
        var (code, _, error, calls) = quickstart.Run();
        Assert.Equal(1, code);
        Assert.Equal("quickstart: docker is installed, but its engine does not answer: docker info says why\n", error);
        Assert.Equal(["docker info"], calls);
    }

    [Fact]
    public void Script_UnknownTool_NamesTheKnownOnes()
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        var (code, _, error, _) = quickstart.Run("k3s");
        Assert.Equal((1, "quickstart: 'k3s' is none of kind, k3d, minikube\n"), (code, error));
    }

    [Fact]
    public void Script_FalcoIsToldNothing_FailsWithWhatItSawLast()
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        quickstart.Answer("kubectl", """
            case "$*" in
              *jsonpath=*) printf hello-1 ;;
              *' logs '*) echo 'hello | pod=hello-1 ip=<NA> deployment=<NA> services=<NA>' ;;
            esac
            """);
        var (code, output, error, _) = quickstart.Run();
        Assert.Equal(1, code);
        Assert.Equal(
            "quickstart: not within 0 s: Falco names the Deployment and the Service of a pod in its events; last seen: hello | pod=hello-1 ip=<NA> deployment=<NA> services=<NA>\n",
            error);
        Assert.DoesNotContain("Everything works.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Script_InspectFindsSomething_Fails()
    {
        using var quickstart = new Quickstart(Quickstart.Programs);
        quickstart.Answer("kubectl", """
            case "$*" in
              *'inspect cluster') echo '! no replica leads'; exit 2 ;;
              *jsonpath=*) printf hello-1 ;;
            esac
            """);
        var (code, _, error, _) = quickstart.Run();
        Assert.Equal(1, code);
        Assert.Contains("last seen: ! no replica leads", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Falco_OfTheQuickstart_IsPointedAtTheReleaseOfTheScript()
    {
        var values = Manifest.Parse(Repository.Read("deploy/falco-values.yaml"))[0];
        Assert.Equal("k8s-metacollector.metacollector.svc", (string?)values.At("collectors", "kubernetes", "collectorHostname"));
        Assert.Equal(45000, (long)values.At("collectors", "kubernetes", "collectorPort")!);
        Assert.Contains("upgrade --install k8s-metacollector charts/k8s-metacollector --namespace metacollector", Repository.Read("deploy/quickstart.sh"), StringComparison.Ordinal);
    }

    // The commands of the block behind <!-- name -->, each on one line.
    private static IEnumerable<string> Commands(string name)
    {
        var page = Repository.Read(Page);
        var block = Block().Matches(page).Single(block => block.Groups["name"].Value == name).Groups["commands"].Value;
        return Continuation().Replace(block, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"<!-- (?<name>\w+) -->\n```bash\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@" \\\n +")]
    private static partial Regex Continuation();
}
