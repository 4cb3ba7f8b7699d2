using System.Runtime.InteropServices;
using MetaCollector.Silo.CommandLine;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Ends the program when Orleans cannot go on: most often since the other replicas declared this one dead, because it stood still or could not be reached.
/// Kubernetes then starts it anew. Orleans' own way would end it without a word for people, and with a dump.
/// </summary>
internal sealed class ReplicaEnd(IServiceProvider services) : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        var isDead = services.GetService<ISiloStatusOracle>()?.CurrentStatus == SiloStatus.Dead || context?.Contains("told I am dead", StringComparison.Ordinal) == true;
        // Written at once, since nothing waits for the log's queue any more.
        Cli.Report("this replica cannot go on, and ends, to be started anew: " + (isDead
            ? "the other replicas declared it dead, since it stood still or they could not reach it; its nodes and streams are with them"
            : (context ?? exception?.Message ?? "Orleans does not say why").ReplaceLineEndings(" ")));
        End();
    }

    // At once, so that subscribers go to the others: an exit would have Orleans stop in order first, for half a minute where the others cannot be reached.
    private static void End()
    {
        if (OperatingSystem.IsWindows()) Environment.Exit(Cli.Failure);
        else ExitNow(Cli.Failure);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitNow(int code);
}
