using System.IO.Pipelines;
using Grpc.Core;
using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Streams;

/// <summary>Writes events to a gRPC response.</summary>
internal sealed class GrpcEventSink : IEventSink
{
    private readonly IServerStreamWriter<ReadyEvent> _writer;
    private readonly PipeWriter _body;

    /// <param name="writer">The response; its headers must have been sent.</param>
    /// <param name="body">The body of the response, to flush.</param>
    public GrpcEventSink(IServerStreamWriter<ReadyEvent> writer, PipeWriter body)
    {
        _writer = writer;
        _body = body;
        // Buffers each write; the stream's pump flushes.
        writer.WriteOptions = new WriteOptions(WriteFlags.BufferHint | WriteFlags.NoCompress);
    }

    public async Task WriteAsync(ReadyEvent ready)
    {
        try
        {
            await _writer.WriteAsync(ready);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // Thrown if the request is over: the subscriber is gone, and gRPC has not cancelled the call yet.
            throw new OperationCanceledException("the subscriber went away", exception);
        }
    }

    public async ValueTask FlushAsync()
    {
        // Without a token: if it cancels the flush, Kestrel resets the stream and the subscriber gets no status.
        var result = await _body.FlushAsync(CancellationToken.None);
        if (result.IsCompleted) throw new OperationCanceledException("the subscriber went away");
    }

    public void CancelFlush() => _body.CancelPendingFlush();
}
