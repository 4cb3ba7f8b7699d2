using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>The next event of a stream.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Resource">The version to send; with <see cref="EventReason.Delete"/>, the one that was sent last.</param>
/// <param name="ArrivedAt">When the change arrived from the API server, in milliseconds since 1970 (UTC); 0 where it is unknown.</param>
/// <param name="MarkedAt">When the change was noted for the stream, as a timestamp of the <see cref="TimeProvider"/>.</param>
/// <param name="Trace">The trace context of the change; null where it is not traced.</param>
internal readonly record struct StreamEvent(EventReason Reason, NodeResource Resource, long ArrivedAt, long MarkedAt, string? Trace);
