using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Documentation;

/// <summary>
/// The order of usings: what nothing of the build sees, and <c>dotnet format</c> puts right. To have that look for it too, it would have to load and compile
/// every project once more.
/// </summary>
public sealed partial class UsingsTests
{
    [Fact]
    public void Usings_OfEveryFile_AreInOrder() => Assert.Empty(
        Sources().Where(file => !IsSorted(File.ReadAllText(file))).Select(file => $"{Path.GetRelativePath(Repository.Root, file)}: dotnet format sorts the usings"));

    [Theory]
    [InlineData(true, "using System.Net;", "using System.Text;", "using Grpc.Core;", "using MetaCollector.Grains;", "using static System.Math;", "using A = System.Action;")]
    [InlineData(true, "using Google;", "using grpc;", "using Grpc.Core;", "using GrpcX;")]
    [InlineData(false, "using Grpc.Core;", "using System.Net;")]
    [InlineData(false, "using MetaCollector.Grains;", "using Grpc.Core;")]
    [InlineData(false, "using MetaCollector.Grains.Slices;", "using MetaCollector.Grains;")]
    [InlineData(false, "using static System.Math;", "using System;")]
    [InlineData(false, "using A = System.Action;", "using static System.Math;")]
    public void Usings_AreInOrder_WhereDotnetFormatLeavesThemAlone(bool isSorted, params string[] lines) =>
        Assert.Equal(isSorted, IsSorted(string.Join('\n', lines) + "\n\nnamespace Some;\n"));

    // As the order of usings, nothing of the build sees it.
    [Fact]
    public void Fields_OfEveryFile_AreNamedWithoutThis() =>
        Assert.Empty(Sources().Where(file => Qualified().IsMatch(File.ReadAllText(file))).Select(file => Path.GetRelativePath(Repository.Root, file)));

    private static IEnumerable<string> Sources()
    {
        var files = Directory.EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar).Any(folder => folder is "obj" or "bin" or "artifacts")).ToList();
        Assert.InRange(files.Count, 500, 5000);
        return files;
    }

    private static bool IsSorted(string source)
    {
        var keys = Using().Matches(source).Select(KeyOf).ToList();
        return keys.Order(StringComparer.Ordinal).SequenceEqual(keys);
    }

    // Namespaces, then types, then other names for either; System before all others; a namespace before what is in it.
    private static string KeyOf(Match match)
    {
        var kind = match.Groups["alias"].Success ? 2 : match.Groups["static"].Success ? 1 : 0;
        var name = (kind == 2 ? match.Groups["alias"] : match.Groups["name"]).Value;
        var isSystem = kind < 2 && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal));
        return $"{kind} {(isSystem ? 0 : 1)} {name.ToLowerInvariant().Replace('.', '\u0001')}";
    }

    [GeneratedRegex(@"\bthis\._")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"^using (?<static>static )?(?:(?<alias>\w+) = )?(?<name>[^;(=]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
