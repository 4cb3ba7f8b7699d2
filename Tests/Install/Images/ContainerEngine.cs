using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Images;

/// <summary>What builds images and runs containers on this machine: docker, where its engine answers, else podman, where we are root.</summary>
internal sealed class ContainerEngine : IDisposable
{
    private readonly string _program;
    private readonly string[] _globals;
    private readonly string _folder;

    private ContainerEngine(string program, string folder, params string[] globals) => (_program, _folder, _globals) = (program, folder, globals);

    /// <summary>Whether it is podman, with a store of its own, which can have files of this machine while it builds.</summary>
    public bool IsPodman => _globals.Length > 0;

    /// <summary>A folder that goes with it.</summary>
    public string Folder => _folder;

    /// <summary>The engine of this machine; null where there is none.</summary>
    public static ContainerEngine? Find()
    {
        var folder = Directory.CreateTempSubdirectory("metacollector-image-").FullName;
        if (Shell.Find("docker") is { } docker && Shell.Run(docker, ["info"]).Code == 0) return new ContainerEngine(docker, folder);
        var podman = Shell.Find("podman");
        if (podman is null || !Environment.IsPrivilegedProcess)
        {
            Directory.Delete(folder);
            return null;
        }

        // crun refuses the cgroups of some hosts that runc takes, and never the other way round.
        string[] runtime = Shell.Find("runc") is { } runc ? ["--runtime", runc] : [];
        return new ContainerEngine(podman, folder,
            ["--root", Path.Combine(folder, "store"), "--runroot", Path.Combine(folder, "run"), "--cgroup-manager", "cgroupfs", .. runtime]);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>What it printed.</returns>
    public string Run(params IEnumerable<string> arguments)
    {
        var (code, output, error) = TryRun(arguments);
        Assert.True(code == 0, $"{Path.GetFileName(_program)} {string.Join(' ', arguments)}:\n{output}\n{error}");
        return output;
    }

    /// <summary>Builds an image, behind whatever else this machine does.</summary>
    /// <param name="limit">When it is given up.</param>
    /// <param name="arguments">What comes after <c>build</c>.</param>
    public async Task BuildAsync(TimeSpan limit, params IEnumerable<string> arguments)
    {
        await using var build = ChildProcess.Start("nice", ["-n", "5", _program, .. _globals, "build", .. arguments]);
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await build.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the image was not built within {limit}:\n{build.Tail}");
        }

        Assert.True(build.ExitCode == 0, build.Tail);
    }

    /// <summary>Runs a command to its end, whatever that is.</summary>
    public (int Code, string Output, string Error) TryRun(params IEnumerable<string> arguments) => Shell.Run(_program, [.. _globals, .. arguments]);

    /// <summary>Starts a container that goes on.</summary>
    public ChildProcess Start(params IEnumerable<string> arguments) => ChildProcess.Start(_program, [.. _globals, .. arguments]);

    public void Dispose()
    {
        if (IsPodman)
        {
            // With its last image podman undoes the store's mounts, without which it could not be deleted.
            TryRun("rm", "--all", "--force");
            TryRun("rmi", "--all", "--force");
        }

        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }
}
