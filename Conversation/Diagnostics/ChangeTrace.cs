using System.Diagnostics;

namespace MetaCollector.Conversation.Diagnostics;

/// <summary>
/// One trace follows a change from its watch event over every hop to the socket. Batches carry the trace context of sampled changes;
/// without a listener nothing is allocated or sent. A batch of several changes carries the trace of the oldest sampled one. Thread-safe.
/// </summary>
public static class ChangeTrace
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "MetaCollector";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The W3C trace context (<c>traceparent</c>) of the change that is being handled; null where it is not traced.</summary>
    public static string? Current =>
        Activity.Current is { Recorded: true } activity && ReferenceEquals(activity.Source, Source) ? activity.Id : null;

    /// <summary>Starts the trace of a change that came from the API server.</summary>
    /// <returns>The caller disposes of it once the store has the change; null where it is not traced.</returns>
    public static Activity? Begin() => Source.HasListeners() ? Source.StartActivity("watch event", ActivityKind.Consumer) : null;

    /// <summary>Starts the next step of a change's trace.</summary>
    /// <param name="step">Name of the step.</param>
    /// <param name="trace">The trace context of the change; null where it is not traced.</param>
    /// <returns>The caller disposes of it when the step ends; null where the change is not traced.</returns>
    public static Activity? Continue(string step, string? trace) =>
        trace is not null && ActivityContext.TryParse(trace, null, isRemote: true, out var parent)
            ? Source.StartActivity(step, ActivityKind.Internal, parent)
            : null;

    /// <summary>Starts the next step of a batch's trace; the batch carries that step's context from then on.</summary>
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
