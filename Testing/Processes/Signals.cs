using System.ComponentModel;
using System.Runtime.InteropServices;

namespace MetaCollector.Testing.Processes;

/// <summary>Signals to other processes, which .NET can receive but not send. Thread-safe.</summary>
public static class Signals
{
    /// <summary>SIGINT, which Ctrl+C sends.</summary>
    public const int Interrupt = 2;

    /// <summary>SIGKILL, which no process sees coming.</summary>
    public const int Kill = 9;

    /// <summary>SIGTERM, by which a kubelet stops a container.</summary>
    public const int Terminate = 15;

    /// <summary>SIGCONT: goes on after <see cref="Stop"/>.</summary>
    public const int Continue = 18;

    /// <summary>SIGSTOP: the process stands still, as on a node that is lost.</summary>
    public const int Stop = 19;

    private const int NoSuchProcess = 3;

    /// <summary>Sends a signal; a process that has ended meanwhile is no error.</summary>
    /// <param name="id">Process id.</param>
    /// <param name="signal">The signal's number, e.g. <see cref="Kill"/>.</param>
    /// <exception cref="Win32Exception">The system refuses.</exception>
    public static void Send(int id, int signal)
    {
        if (SendTo(id, signal) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess) throw new Win32Exception(error);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendTo(int id, int signal);
}
