using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Gateway.Streams;

/// <summary>One event that a stream is to be sent now.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Resource">The version to send; with <see cref="EventReason.Delete"/>, the one that was sent last.</param>
/// <param name="ArrivedAt">When the change arrived from the API server, in milliseconds since 1970 (UTC); 0 where that says nothing.</param>
/// <param name="MarkedAt">When the stream was told that there is something to send, as a timestamp of the <see cref="TimeProvider"/>.</param>
/// <param name="Trace">The context under which the change is traced; null where it is not.</param>
internal readonly record struct StreamEvent(EventReason Reason, NodeResource Resource, long ArrivedAt, long MarkedAt, string? Trace);
