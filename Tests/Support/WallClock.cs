using System.Globalization;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Tests.Support;

/// <summary>
/// The wall clock of a program, to be moved while it runs, as an operator or a time server may: through libfaketime, which leaves the
/// monotonic clock alone, as Linux does.
/// </summary>
internal sealed class WallClock : IDisposable
{
    /// <summary>Where the library would be.</summary>
    public const string Pattern = "/usr/lib/*/faketime/libfaketimeMT.so.1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _file = Path.GetTempFileName();

    /// <summary>A clock that is right.</summary>
    /// <param name="library">What <see cref="Find"/> found.</param>
    public WallClock(string library)
    {
        File.WriteAllText(_file, "+0");
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = _file,
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    /// <summary>Variables with which a program lives by this clock.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The library that moves clocks; null where it is not installed.</summary>
    public static string? Find() => Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;

    /// <summary>Sets it, for a program that is still to be started.</summary>
    /// <param name="hours">How far from the right time.</param>
    public void Set(int hours) => File.WriteAllText(_file, hours.ToString("+0;-0;+0", CultureInfo.InvariantCulture) + "h");

    /// <summary>Moves it, and waits until the collector's answers say so.</summary>
    /// <param name="hours">How far from the right time.</param>
    /// <param name="collector">Lives by this clock.</param>
    public async Task MoveAsync(int hours, CollectorProcess collector)
    {
        Set(hours);
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{collector.ProbePort}/healthz"), patience.Token);
            if (((answer.Headers.Date - DateTimeOffset.UtcNow)!.Value - TimeSpan.FromHours(hours)).Duration() < TimeSpan.FromMinutes(5)) return;
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    public void Dispose() => File.Delete(_file);
}
