namespace MetaCollector.Informer.Reading;

/// <summary>
/// The body of a response. Counts the bytes, and fails a read that gets none for too long: a lost peer sends nothing, not even an error.
/// </summary>
internal sealed class BodyStream : Stream
{
    private readonly Stream _inner;
    private readonly CancellationTokenSource _silence;
    private readonly CancellationTokenRegistration _stop;
    private readonly CancellationToken _cancellation;
    private readonly Action<int> _received;

    /// <param name="inner">The body; disposed of with this.</param>
    /// <param name="idle">Longest silence within a read.</param>
    /// <param name="time">Clock of the deadline.</param>
    /// <param name="received">Called after each read with the number of bytes.</param>
    /// <param name="cancellation">Cancels every read.</param>
    public BodyStream(Stream inner, TimeSpan idle, TimeProvider time, Action<int> received, CancellationToken cancellation)
    {
        (_inner, Idle, _received, _cancellation) = (inner, idle, received, cancellation);
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stop = cancellation.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _silence);
    }

    /// <summary>Longest silence within a read.</summary>
    public TimeSpan Idle { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="TimeoutException">Nothing came for <see cref="Idle"/>.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            _silence.CancelAfter(Idle);
            var read = await _inner.ReadAsync(buffer, _silence.Token);
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
            _received(read);
            return read;
        }
        catch (Exception) when (_silence.IsCancellationRequested)
        {
            _cancellation.ThrowIfCancellationRequested();
            throw new TimeoutException($"received nothing for {Idle.TotalSeconds:0} s");
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
            _silence.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
