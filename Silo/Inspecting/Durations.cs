namespace MetaCollector.Silo.Inspecting;

/// <summary>Writes durations as short as kubectl does.</summary>
internal static class Durations
{
    /// <summary>For example <c>4ms</c>, <c>1.5s</c>, <c>40s</c>, <c>3m20s</c>, <c>5h12m</c>, <c>9d</c>.</summary>
    public static string Text(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 1000 } => $"{Math.Max(0, time.TotalMilliseconds):0}ms",
        { TotalSeconds: < 10 } => $"{time.TotalSeconds:0.#}s",
        { TotalSeconds: < 120 } => $"{time.TotalSeconds:0}s",
        { TotalHours: < 1 } => $"{(int)time.TotalMinutes}m{time.Seconds}s",
        { TotalDays: < 2 } => $"{(int)time.TotalHours}h{time.Minutes}m",
        _ => $"{time.TotalDays:0}d",
    };

    public static string Text(double seconds) => Text(TimeSpan.FromSeconds(seconds));
}
