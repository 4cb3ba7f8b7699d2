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
    /// <param name="body">What the response is written to in the end.</param>
    public GrpcEventSink(IServerStreamWriter<ReadyEvent> writer, PipeWriter body)
    {
        _writer = writer;
        _body = body;
        // Each write stays in the buffer; who writes knows best when to flush.
        writer.WriteOptions = new WriteOptions(WriteFlags.BufferHint | WriteFlags.NoCompress);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(ReadyEvent ready)
    {
        try
        {
            await _writer.WriteAsync(ready);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            // So it says that the request is over: the subscriber vanished, and nobody has cancelled yet.
            throw new OperationCanceledException("the subscriber went away", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask FlushAsync()
    {
        // Without a token: Kestrel resets a stream whose flush is cancelled by one, and the subscriber never learns the status.
        var result = await _body.FlushAsync(CancellationToken.None);
        if (result.IsCompleted) throw new OperationCanceledException("the subscriber went away");
    }

    /// <inheritdoc/>
    public void CancelFlush() => _body.CancelPendingFlush();
}
