using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>The helm program, where there is one: on the PATH, or named by HELM.</summary>
internal static class Helm
{
    /// <summary>Folder of the chart, from the root.</summary>
    public const string Chart = "charts/k8s-metacollector";

    /// <summary>
    /// Renders the chart as release <c>test</c> in namespace <c>test</c>, from what has to be set and <paramref name="arguments"/>; skips
    /// the test where there is no helm.
    /// </summary>
    public static IReadOnlyList<JsonObject> Template(params IEnumerable<string> arguments) => Manifest.Parse(Render(arguments));

    /// <summary>As <see cref="Template"/>, in YAML.</summary>
    public static string Render(params IEnumerable<string> arguments)
    {
        var (code, output, error) = Run(["template", "test", Repository.PathOf(Chart), "--namespace", "test", .. Example("default"), .. arguments]);
        Assert.True(code == 0, error);
        return output;
    }

    /// <summary>Arguments that name one of the chart's example values files.</summary>
    public static IEnumerable<string> Example(string name) => ["--values", Repository.PathOf($"{Chart}/ci/{name}-values.yaml")];

    /// <summary>Runs helm; skips the test where there is none.</summary>
    public static (int Code, string Output, string Error) Run(params IEnumerable<string> arguments) => Shell.Run(Program(), arguments);

    private static string Program()
    {
        var program = Environment.GetEnvironmentVariable("HELM") ?? Shell.Find("helm");
        Assert.SkipWhen(program is null, "there is no helm on the PATH, and HELM names none");
        return program!;
    }
}
