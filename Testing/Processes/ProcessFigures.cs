using System.Globalization;

namespace MetaCollector.Testing.Processes;

/// <summary>What a process of this machine has used, from /proc. Thread-safe.</summary>
/// <param name="id">Process id.</param>
public sealed class ProcessFigures(int id)
{
    private static readonly double TicksPerSecond = 100; // USER_HZ, which Linux fixes at 100 for /proc.

    /// <summary>CPU time used so far.</summary>
    public TimeSpan CpuTime()
    {
        // Fields after the command, which may hold spaces and ends with the last ')': utime is the 12th of them, stime the 13th.
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public long Resident() => Status("VmRSS:");

    /// <summary>The part of it that no file on disk backs, in bytes.</summary>
    public long Anonymous() => Status("RssAnon:");

    /// <summary>The most resident memory so far, in bytes.</summary>
    public long PeakResident() => Status("VmHWM:");

    /// <summary>Resident memory now, of pages that are shared only its part, in bytes.</summary>
    public long Proportional() => Field("smaps_rollup", "Pss:");

    private long Status(string field) => Field("status", field);

    private long Field(string file, string field)
    {
        var line = File.ReadLines($"/proc/{id}/{file}").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
