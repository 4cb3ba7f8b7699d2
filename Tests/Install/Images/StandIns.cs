using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Install.Images;

/// <summary>
/// Stands in for the Dockerfile's two bases where their registry cannot be reached: the SDK and the runtime of this machine, with the
/// libraries that they load and nothing else. As in the real ones, the runtime's has no shell.
/// </summary>
internal static partial class StandIns
{
    private const string Authorities = "/etc/ssl/certs/ca-certificates.crt";
    private const string Dotnet = "/usr/share/dotnet";

    private static readonly string DotnetHere = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Makes both.</summary>
    /// <returns>Arguments of a build that uses them.</returns>
    public static IReadOnlyList<string> Make(ContainerEngine engine)
    {
        var native = Directory.EnumerateFiles(DotnetHere, "*.so", SearchOption.AllDirectories).Where(path => !path.Contains("/packs/", StringComparison.Ordinal))
            .Append(Path.Combine(DotnetHere, "dotnet"));
        var system = Libraries(native).ToHashSet();
        // .NET loads OpenSSL by name, so nothing refers to it.
        var openssl = system.Select(Path.GetDirectoryName).Distinct().SelectMany(folder => Directory.EnumerateFiles(folder!, "*.so.3"))
            .Where(path => Path.GetFileName(path) is "libssl.so.3" or "libcrypto.so.3").ToList();
        system.UnionWith([.. openssl, .. Libraries(openssl)]);

        var runtime = Path.Combine(engine.Folder, "runtime");
        CopyAll(system, runtime);
        CopyAll([Authorities], runtime);
        foreach (var part in (string[])["host", "shared/Microsoft.NETCore.App", "shared/Microsoft.AspNetCore.App"])
            CopyAll(Directory.EnumerateFiles(Path.Combine(DotnetHere, part), "*", SearchOption.AllDirectories), runtime + Dotnet, DotnetHere);
        CopyAll([Path.Combine(DotnetHere, "dotnet")], runtime + Dotnet, DotnetHere);
        Build(engine, runtime, "runtime", """
            ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true
            USER 1654
            """);

        var sdk = Path.Combine(engine.Folder, "sdk");
        CopyAll([.. system, Authorities], sdk);
        foreach (var tool in (string[])["sh", "ln"])
        {
            var path = Shell.Find(tool)!;
            CopyAll(Libraries([path]), sdk);
            CopyAll([path], Path.Combine(sdk, "bin"), Path.GetDirectoryName(path)!);
        }

        foreach (var folder in (string[])["tmp", "root", "packages", Dotnet[1..]]) Directory.CreateDirectory(Path.Combine(sdk, folder));
        // NuGet waits for ever for a user that has no name.
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(sdk, "etc")).FullName, "passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        var revocation = Environment.GetEnvironmentVariable("NUGET_CERT_REVOCATION_MODE") ?? "online";
        Build(engine, sdk, "sdk", $"""
            ENV PATH={Dotnet}:/bin HOME=/root DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
            ENV SSL_CERT_FILE={Authorities} NUGET_CERT_REVOCATION_MODE={revocation} NUGET_FALLBACK_PACKAGES=/packages
            """);

        // The packages of this machine's own build are at hand; what the image alone wants (its compiler) comes from their source.
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget", "packages");
        var settings = Path.Combine(home, ".nuget", "NuGet");
        return
        [
            "--isolation", "chroot", "--network", "host", "--volume", $"{DotnetHere}:{Dotnet}:ro", "--volume", $"{packages}:/packages:ro",
            .. Directory.Exists(settings) ? (string[])["--volume", $"{settings}:/root/.nuget/NuGet:ro"] : [],
            "--build-arg", "SDK=localhost/sdk", "--build-arg", "RUNTIME=localhost/runtime",
        ];
    }

    private static void Build(ContainerEngine engine, string folder, string name, string instructions)
    {
        var file = $"{folder}.Dockerfile";
        File.WriteAllText(file, $"FROM scratch\nCOPY . /\n{instructions}\n");
        engine.Run("build", "--quiet", "--isolation", "chroot", "--squash", "--tag", name, "--file", file, folder);
        Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> Libraries(IEnumerable<string> files) => Library().Matches(Shell.Run("ldd", files).Output)
        .Select(match => match.Groups["path"].Value).Where(path => !path.StartsWith(DotnetHere, StringComparison.Ordinal)).Distinct();

    private static void CopyAll(IEnumerable<string> files, string into, string from = "/")
    {
        foreach (var file in files)
        {
            var target = Path.Combine(into, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    [GeneratedRegex(@"(?<path>/\S+) \(0x")]
    private static partial Regex Library();
}
