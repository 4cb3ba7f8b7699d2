namespace MetaCollector.Simulator.Http;

/// <summary>When a watch says what beside its events.</summary>
/// <param name="MarkAfter">How long after the objects that stand at the start the mark comes that they are complete; null for no mark.</param>
/// <param name="Bookmarks">How often bookmarks come; infinite for never.</param>
/// <param name="Lifetime">How long the watch may last.</param>
internal sealed record WatchPace(TimeSpan? MarkAfter, TimeSpan Bookmarks, TimeSpan Lifetime);
