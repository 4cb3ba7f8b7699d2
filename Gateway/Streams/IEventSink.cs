using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>Writes a stream's events. Not thread-safe.</summary>
internal interface IEventSink
{
    /// <summary>Writes an event to a buffer; does not use the event after the task has completed.</summary>
    /// <exception cref="OperationCanceledException">The subscriber went away.</exception>
    Task WriteAsync(ReadyEvent ready);

    /// <summary>Sends the buffer; completes when the subscriber has room for more, or at <see cref="CancelFlush"/>.</summary>
    /// <exception cref="OperationCanceledException">The subscriber went away.</exception>
    ValueTask FlushAsync();

    /// <summary>Ends a pending <see cref="FlushAsync"/>; the buffer keeps its content. Thread-safe.</summary>
    void CancelFlush();
}
