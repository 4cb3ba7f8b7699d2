using System.Net;
using System.Net.Sockets;

namespace MetaCollector.Testing.Chaos.Networking;

/// <summary>
/// A way to a port on loopback that can be cut: then nothing moves on it and nobody is told, as where a network drops packets. Once it
/// is mended, what waited goes on, as TCP would have it.
/// </summary>
internal sealed class Cable : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Network _network;
    private readonly int _target;
    private readonly string _to;
    private readonly Func<int, string> _from;
    private readonly Task _accepting;

    /// <summary>Lays it.</summary>
    /// <param name="network">Says what is cut.</param>
    /// <param name="target">The port that it leads to.</param>
    /// <param name="to">Who listens there.</param>
    /// <param name="from">Who connects, by the port that the connection comes from.</param>
    public Cable(Network network, int target, string to, Func<int, string> from)
    {
        (_network, _target, _to, _from) = (network, target, to, from);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port on this side.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_stop.Token);
                carrying.RemoveAll(connection => connection.IsCompleted);
                carrying.Add(Task.Run(() => CarryAsync(near), CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(TcpClient near)
    {
        using var far = new TcpClient { NoDelay = true };
        try
        {
            near.NoDelay = true;
            var from = _from(((IPEndPoint)near.Client.RemoteEndPoint!).Port);
            await _network.UntilOpenAsync(from, _to, _stop.Token);
            await far.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            // Whichever end closes, closes both.
            await Task.WhenAny(CopyAsync(near, far, from), CopyAsync(far, near, from));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
        {
            // Nobody listens there, or all is over.
        }
        finally
        {
            near.Dispose();
        }
    }

    private async Task CopyAsync(TcpClient source, TcpClient destination, string from)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await source.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                await _network.UntilOpenAsync(from, _to, _stop.Token);
                await destination.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }

            // An end, too, is something that does not get through.
            await _network.UntilOpenAsync(from, _to, _stop.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Reset, or all is over.
        }
    }
}
