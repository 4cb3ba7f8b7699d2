namespace MetaCollector.Tests.Support;

/// <summary>Counts what an action allocates: repeatable, unlike the time that it takes.</summary>
internal static class Allocations
{
    private const int Rounds = 1000;

    /// <summary>How many rounds of the action run in all.</summary>
    public const int AllRounds = 2 * Rounds;

    /// <summary>Bytes that one round allocates on this thread, on average, once buffers have grown and caches are full.</summary>
    public static long PerRound(Action action)
    {
        for (var i = 0; i < Rounds; i++) action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++) action();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }
}
