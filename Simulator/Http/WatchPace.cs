namespace MetaCollector.Simulator.Http;

/// <summary>When a watch says what beside its events.</summary>
/// <param name="MarkAfter">How long after the objects that stand at the start the mark comes that they are complete; null for no mark.</param>
/// <param name="Bookmarks">How often bookmarks come; infinite for never.</param>
/// <param name="Lifetime">How long the watch may last.</param>
internal sealed record WatchPace(TimeSpan? MarkAfter, TimeSpan Bookmarks, TimeSpan Lifetime)
{
    private static readonly TimeSpan LastBookmark = TimeSpan.FromSeconds(2);

    /// <summary>How long it is to the next bookmark: they come at their interval, and two seconds before the end.</summary>
    public TimeSpan UntilBookmark(TimeSpan age)
    {
        var last = Lifetime - LastBookmark - age;
        // A timer may have been early.
        return Bookmarks == Timeout.InfiniteTimeSpan || last <= TimeSpan.FromMilliseconds(100) || last > Bookmarks ? Bookmarks : last;
    }
}
