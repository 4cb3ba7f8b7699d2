using System.Buffers;
using MetaCollector.Simulator.Http;
using MetaCollector.Simulator.Traffic;
using Microsoft.AspNetCore.Http;

namespace MetaCollector.Testing.Api;

/// <summary>One answer on its way through a proxy. It can be broken, ended, silenced and held back.</summary>
internal sealed class ProxiedAnswer(RequestRecord counted, Stream from, HttpContext context, Func<int> holdBack) : IOpenWatch, IDisposable
{
    private const int ChunkSize = 64 * 1024;

    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly FreezePoint _freezePoint = new();

    public string Resource => counted.Resource;

    public bool Cut()
    {
        try
        {
            context.Abort();
            return true;
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself at this very moment.
            return false;
        }
    }

    public bool End()
    {
        try
        {
            _ended.Cancel();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    // An event may be half through: there is no place for another.
    public bool Expire() => false;

    public bool Freeze() => _freezePoint.Freeze();

    public bool Thaw() => _freezePoint.Thaw();

    /// <summary>Copies until the server, the client or a fault ends it.</summary>
    /// <exception cref="OperationCanceledException">The client left, or was cut off.</exception>
    public async Task CopyAsync()
    {
        var chunk = new byte[ChunkSize];
        try
        {
            while (await from.ReadAsync(chunk, _ended.Token) is > 0 and var count)
            {
                if (_freezePoint.Frozen is { } frozen) await frozen.WaitAsync(_ended.Token);
                _held.Write(chunk.AsSpan(0, count));
                if (_held.WrittenCount >= holdBack()) await WriteAsync();
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Ended on purpose, in peace.
        }

        await WriteAsync();
    }

    public void Dispose() => _ended.Dispose();

    private async Task WriteAsync()
    {
        counted.Add(_held.WrittenCount);
        await context.Response.Body.WriteAsync(_held.WrittenMemory, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        _held.ResetWrittenCount();
    }
}
