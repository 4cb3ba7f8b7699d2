using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>What can be said of the workflows without running them.</summary>
public sealed partial class WorkflowTests
{
    // What a workflow makes before it uses it.
    private const string Made = "chart/";

    /// <summary>The workflows of the repository.</summary>
    public static TheoryData<string> Workflows { get; } =
        [.. Directory.EnumerateFiles(Repository.PathOf(".github/workflows")).Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Actions_OfAWorkflow_ArePinnedToACommit(string workflow) => Assert.All(
        Repository.Read(workflow).Split('\n').Where(line => line.Contains(" uses: ", StringComparison.Ordinal)),
        line => Assert.Matches(@"uses: (\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$", line));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Rights_OfAWorkflow_AreToReadUnlessAJobSaysMore(string workflow) =>
        Assert.Equal("""{"contents":"read"}""", Parse(workflow)["permissions"]!.ToJsonString());

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Files_ThatAWorkflowNames_Exist(string workflow) => Assert.All(
        NamedFile().Matches(Repository.Read(workflow)).Select(match => match.Value).Where(path => !path.StartsWith(Made, StringComparison.Ordinal)),
        path => Assert.True(Path.Exists(Repository.PathOf(path)), path));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Classes_ThatAWorkflowTests_Exist(string workflow) => Assert.All(
        Class().Matches(Repository.Read(workflow)).Select(match => match.Groups["name"].Value.TrimEnd('*')),
        name => Assert.Contains(typeof(WorkflowTests).Assembly.GetTypes(), type => type.FullName!.StartsWith(name, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Scripts_OfAWorkflow_AreSound(string workflow)
    {
        var shellcheck = Shell.Require("shellcheck");
        // An expression is put in before the shell sees the script; backquotes in single quotes are Markdown (SC2016).
        foreach (var script in Scripts(Parse(workflow)).Select(script => Expression().Replace(script, "expression")))
        {
            var (code, output, _) = Shell.Run(shellcheck, ["--shell", "bash", "--exclude", "SC2016", "-"], $"set -eo pipefail\n{script}");
            Assert.True(code == 0, output);
        }
    }

    [Theory]
    [InlineData("deploy/quickstart.sh")]
    [InlineData("deploy/release")]
    [InlineData("manifests/generate")]
    [InlineData(".ci/run")]
    public void Script_OfTheRepository_IsSound(string script)
    {
        var (code, output, _) = Shell.Run(Shell.Require("shellcheck"), [Repository.PathOf(script)]);
        Assert.True(code == 0, output);
    }

    [Fact]
    public void Renovate_Managers_FindWhatTheyKeepUpToDate()
    {
        var managers = JsonNode.Parse(Repository.Read(".github/renovate.json"))!["customManagers"]!.AsArray();
        Assert.Equal(["Dockerfile", "deploy/quickstart.sh", ".github/workflows/ci.yml"], managers.Select(manager =>
        {
            var pattern = ((string)manager!["managerFilePatterns"]![0]!).Trim('/');
            var file = (string[])["Dockerfile", "deploy/quickstart.sh", ".github/workflows/ci.yml"];
            var path = Assert.Single(file, name => Regex.IsMatch(name, pattern));
            Assert.Matches((string)manager["matchStrings"]![0]!, Repository.Read(path));
            return path;
        }));
    }

    private static JsonObject Parse(string workflow) => Manifest.Parse(Repository.Read(workflow))[0];

    private static IEnumerable<string> Scripts(JsonNode? node) => node switch
    {
        JsonObject item => item.SelectMany(property => property is { Key: "run", Value: JsonValue script } ? [(string)script!] : Scripts(property.Value)),
        JsonArray list => list.SelectMany(Scripts),
        _ => [],
    };

    [GeneratedRegex(@"(?<![\w./-])(deploy|manifests|charts?|\.ci|docs)/[\w./-]*\w")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"-(class|namespace) '(?<name>[^']+)'")]
    private static partial Regex Class();

    [GeneratedRegex(@"\$\{\{[^}]*\}\}")]
    private static partial Regex Expression();
}
