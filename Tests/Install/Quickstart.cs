using System.Diagnostics;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Install;

/// <summary><c>deploy/quickstart.sh</c>, run with stand-ins for docker, kind and the rest that write down how they are called.</summary>
internal sealed class Quickstart : IDisposable
{
    /// <summary>What the script needs besides the shell's own tools.</summary>
    public static readonly string[] Programs = ["docker", "kind", "k3d", "minikube", "helm", "kubectl"];

    // The script's other tools, from wherever they are; nothing else is on its PATH.
    private static readonly string[] Tools = ["bash", "env", "dirname", "grep", "sleep", "cat", "tail", "head", "sed"];

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-quickstart-").FullName;

    /// <summary>With stand-ins for these programs; they answer as a cluster that works does.</summary>
    public Quickstart(params IEnumerable<string> programs)
    {
        Directory.CreateDirectory(Bin);
        foreach (var tool in Tools) File.CreateSymbolicLink(Path.Combine(Bin, tool), Shell.Find(tool)!);
        foreach (var program in programs) Answer(program, "");
        Answer("kubectl", """
            case "$*" in
              *jsonpath='{.items[0].metadata.name}'*) printf hello-1 ;;
              *jsonpath='{.items[0].spec.nodeName}'*) printf worker-1 ;;
              *' logs '*) echo 'hello | pod=hello-1 ip=10.0.0.1 deployment=hello services=(hello)' ;;
            esac
            """, onlyIf: programs.Contains("kubectl"));
    }

    private string Bin => Path.Combine(_folder, "bin");

    private string Log => Path.Combine(_folder, "log");

    /// <summary>Gives a program another answer: lines of shell, which see its arguments.</summary>
    public void Answer(string program, string shell, bool onlyIf = true)
    {
        if (!onlyIf) return;
        var path = Path.Combine(Bin, program);
        File.WriteAllText(path, $"#!/usr/bin/env bash\necho \"{program} $*\" >>'{Log}'\n{shell}\n");
        Shell.Run("chmod", ["+x", path]);
    }

    /// <summary>Runs the script.</summary>
    /// <returns>Its exit code, what it printed, and the calls of the programs, in order.</returns>
    public (int Code, string Output, string Error, IReadOnlyList<string> Calls) Run(params IEnumerable<string> arguments)
    {
        File.WriteAllText(Log, "");
        var start = new ProcessStartInfo(Repository.PathOf("deploy/quickstart.sh"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = Bin;
        start.Environment["QUICKSTART_PATIENCE"] = "0";
        using var script = Process.Start(start)!;
        var error = script.StandardError.ReadToEndAsync();
        var output = script.StandardOutput.ReadToEnd();
        script.WaitForExit();
        return (script.ExitCode, output, error.GetAwaiter().GetResult(), File.ReadAllLines(Log));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
