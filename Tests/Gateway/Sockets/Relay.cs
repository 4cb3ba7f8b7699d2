using System.Net;
using System.Net.Sockets;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>
/// Carries bytes between a client and a server, until it is frozen: then nothing moves, as when a machine loses its power. A slow one
/// hands the client a byte a second, once it has let the first <c>freely</c> bytes through.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly int _freely;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _frozen = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Uri _target;
    private readonly Task _accepting;

    public Relay(Uri target, int freely = int.MaxValue)
    {
        (_target, _freely) = (target, freely);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Freeze() => _frozen.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _frozen.CancelAsync();
        await _accepting;
        _listener.Stop();
        foreach (var client in _clients) client.Dispose();
        _listener.Dispose();
        _frozen.Dispose();
    }

    private async Task AcceptAsync()
    {
        var copying = new List<Task>();
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync(_frozen.Token);
                var far = new TcpClient();
                _clients.AddRange([near, far]);
                await far.ConnectAsync(_target.Host, _target.Port);
                copying.Add(CopyAsync(near, far, int.MaxValue));
                copying.Add(CopyAsync(far, near, _freely));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(copying);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, int freely)
    {
        try
        {
            if (freely == int.MaxValue) await from.GetStream().CopyToAsync(to.GetStream(), _frozen.Token);
            else await TrickleAsync(from.GetStream(), to.GetStream(), freely);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Frozen, or closed by either end.
        }
    }

    private async Task TrickleAsync(NetworkStream from, NetworkStream to, int freely)
    {
        var one = new byte[1];
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var carried = 0; await from.ReadAsync(one, _frozen.Token) > 0; carried++)
        {
            if (carried >= freely) await second.WaitForNextTickAsync(_frozen.Token);
            await to.WriteAsync(one, _frozen.Token);
        }
    }
}
