using System.Diagnostics;

namespace MetaCollector.Testing.Processes;

/// <summary>A program under measurement: started, watched through /proc, and ended with us. Not thread-safe.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _tail = new();
    private volatile bool _isDisposed;

    private ChildProcess(Process process) => _process = process;

    /// <summary>Process id.</summary>
    public int Id { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _isDisposed || _process.HasExited;

    /// <summary>The exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines that it printed.</summary>
    public string Tail
    {
        get { lock (_tail) return string.Join('\n', _tail); }
    }

    /// <summary>Raised for each line that it prints from now on, on the thread of a reader; handlers must be quick.</summary>
    public event Action<string>? Printed;

    /// <summary>Starts <paramref name="program"/>; a .dll is run with dotnet.</summary>
    /// <param name="program">Path of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="folder">Where it runs; by default where this process does.</param>
    /// <param name="group">The memory cgroup that it runs in, from its first page on; null for that of this process.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null,
        MemoryGroup? group = null)
    {
        var isManaged = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(group is not null ? "/bin/sh" : isManaged ? "dotnet" : program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        if (group is not null)
        {
            foreach (var argument in (string[])["-c", "echo $$ > \"$0\" && exec \"$@\"", $"{group.Path}/cgroup.procs"]) start.ArgumentList.Add(argument);
            if (isManaged) start.ArgumentList.Add("dotnet");
        }

        if (isManaged || group is not null) start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <inheritdoc cref="ProcessFigures.CpuTime"/>
    public TimeSpan CpuTime() => new ProcessFigures(Id).CpuTime();

    /// <inheritdoc cref="ProcessFigures.Resident"/>
    public long Resident() => new ProcessFigures(Id).Resident();

    /// <inheritdoc cref="ProcessFigures.PeakResident"/>
    public long PeakResident() => new ProcessFigures(Id).PeakResident();

    /// <summary>Open file descriptors now.</summary>
    public int OpenFiles() => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>Threads now.</summary>
    public int Threads() => Directory.GetFileSystemEntries($"/proc/{Id}/task").Length;

    /// <summary>Sends a signal, one of <see cref="Signals"/>.</summary>
    public void Signal(int signal) => Signals.Send(Id, signal);

    /// <summary>Waits for its end.</summary>
    public Task WaitForExitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _isDisposed = true;
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_tail)
        {
            _tail.Enqueue(line);
            if (_tail.Count > 40) _tail.Dequeue();
        }

        Printed?.Invoke(line);
    }
}
