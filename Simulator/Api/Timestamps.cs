using System.Globalization;

namespace MetaCollector.Simulator.Api;

/// <summary>Times as metadata carries them: UTC, whole seconds.</summary>
internal static class Timestamps
{
    public static string Now(this TimeProvider clock) => Format(clock.GetUtcNow());

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
