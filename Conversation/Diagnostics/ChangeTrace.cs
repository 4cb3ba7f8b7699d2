using System.Diagnostics;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Conversation.Diagnostics;

/// <summary>
/// One trace that follows a change from its watch event over every hop to the socket. The context travels in the batches, and only
/// where the change is sampled: with nobody listening nothing is allocated and nothing sent. Changes that are merged into one batch
/// go on under the trace of the oldest one that has any. Thread-safe.
/// </summary>
public static class ChangeTrace
{
    /// <summary>Name of the source, for whoever listens.</summary>
    public const string SourceName = "MetaCollector";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The context of the change that is being handled here, as W3C writes it; null where it is not traced.</summary>
    public static string? Current =>
        Activity.Current is { Recorded: true } activity && ReferenceEquals(activity.Source, Source) ? activity.Id : null;

    /// <summary>A change came from the API server.</summary>
    /// <returns>To be disposed of when it was noted; null where it is not traced.</returns>
    public static Activity? Begin() => Source.HasListeners() ? Source.StartActivity("watch event", ActivityKind.Consumer) : null;

    /// <summary>A change reached the next step of its way.</summary>
    /// <param name="step">What is done with it.</param>
    /// <param name="trace">Its context; null where it is not traced.</param>
    /// <returns>To be disposed of when it is done; null where it is not traced.</returns>
    public static Activity? Continue(string step, string? trace) =>
        trace is not null && ActivityContext.TryParse(trace, null, isRemote: true, out var parent)
            ? Source.StartActivity(step, ActivityKind.Internal, parent)
            : null;

    /// <summary>A batch reached the next step of its way, and goes on as a part of that.</summary>
    /// <inheritdoc cref="Continue(string, string?)"/>
    public static Activity? Continue<TChange>(string step, ref Batch<TChange> batch)
    {
        if (batch.Trace is null || Continue(step, batch.Trace) is not { } activity) return null;
        activity.SetTag("k8s.namespace.name", batch.Namespace).SetTag("metacollector.position", batch.Position.ToString())
            .SetTag("metacollector.changes", batch.Changes.Length);
        batch = batch with { Trace = activity.Id };
        return activity;
    }
}
