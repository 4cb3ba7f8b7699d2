using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>Where a stream's events go. Not thread-safe.</summary>
internal interface IEventSink
{
    /// <summary>Writes an event to a buffer; done with the event when the returned task is.</summary>
    Task WriteAsync(ReadyEvent ready);

    /// <summary>Sends what is in the buffer; done when the subscriber has room for more.</summary>
    ValueTask FlushAsync(CancellationToken cancellation);
}
