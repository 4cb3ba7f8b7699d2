using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MetaCollector.Testing.Processes;

/// <summary>Signals to other processes, which .NET can receive but not send. Thread-safe.</summary>
public static class Signals
{
    /// <summary>SIGINT, which Ctrl+C sends.</summary>
    public const int Interrupt = 2;

    private const int NoSuchProcess = 3;

    /// <summary>Sends a signal; a process that has ended meanwhile is no error.</summary>
    /// <param name="id">Process id.</param>
    /// <param name="signal">The signal's number, e.g. 9 for SIGKILL.</param>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public static void Send(int id, int signal)
    {
        if (Kill(id, signal) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess) throw new Win32Exception(error);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int id, int signal);
}
