using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>Where a stream's events go. Not thread-safe.</summary>
internal interface IEventSink
{
    /// <summary>Writes an event to a buffer; done with the event when the returned task is.</summary>
    /// <exception cref="OperationCanceledException">The subscriber went away.</exception>
    Task WriteAsync(ReadyEvent ready);

    /// <summary>Sends what is in the buffer; done when the subscriber has room for more, or at <see cref="CancelFlush"/>.</summary>
    /// <exception cref="OperationCanceledException">The subscriber went away.</exception>
    ValueTask FlushAsync();

    /// <summary>Waits no longer for the subscriber; what is in the buffer stays there. Thread-safe.</summary>
    void CancelFlush();
}
