using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MetaCollector.Tests.ApiServer.Servers;

/// <summary>A proxy on loopback, which notes what it is asked for; whatever that is, it leads to one server. Thread-safe.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly Func<TestProxy, Stream, CancellationToken, Task<bool>> _greet;
    private readonly int _target;
    private readonly Task _accepting;

    private TestProxy(int target, Func<TestProxy, Stream, CancellationToken, Task<bool>> greet)
    {
        (_target, _greet) = (target, greet);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What it was asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>One that speaks HTTP and answers CONNECT with this status.</summary>
    public static TestProxy Http(int target, string status = "200 Connection established") => new(target, async (proxy, stream, cancellation) =>
    {
        var head = new StringBuilder();
        var octet = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(octet, cancellation) == 0) return false;
            head.Append((char)octet[0]);
        }

        proxy.Asked.Enqueue(head.ToString());
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"), cancellation);
        return status.StartsWith('2');
    });

    /// <summary>One that speaks SOCKS5, and asks for a password where one is given.</summary>
    public static TestProxy Socks(int target, string? password = null) => new(target, async (proxy, stream, cancellation) =>
    {
        var methods = new byte[(await ReadAsync(stream, 2, cancellation))[1]];
        await stream.ReadExactlyAsync(methods, cancellation);
        await stream.WriteAsync(new byte[] { 5, password is null ? (byte)0 : (byte)2 }, cancellation);
        if (password is not null)
        {
            var user = await ReadAsync(stream, (await ReadAsync(stream, 2, cancellation))[1], cancellation);
            var given = Encoding.UTF8.GetString(await ReadAsync(stream, (await ReadAsync(stream, 1, cancellation))[0], cancellation));
            await stream.WriteAsync(new byte[] { 1, given == password ? (byte)0 : (byte)1 }, cancellation);
            proxy.Asked.Enqueue($"user {Encoding.UTF8.GetString(user)}");
            if (given != password) return false;
        }

        var request = await ReadAsync(stream, 4, cancellation);
        var host = request[3] switch
        {
            1 => new IPAddress(await ReadAsync(stream, 4, cancellation)).ToString(),
            4 => new IPAddress(await ReadAsync(stream, 16, cancellation)).ToString(),
            _ => Encoding.ASCII.GetString(await ReadAsync(stream, (await ReadAsync(stream, 1, cancellation))[0], cancellation)),
        };
        var port = await ReadAsync(stream, 2, cancellation);
        proxy.Asked.Enqueue($"{host}:{(port[0] << 8) | port[1]}");
        await stream.WriteAsync(new byte[] { 5, 0, 0, 1, 127, 0, 0, 1, 0, 1 }, cancellation);
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_serving);
        _stop.Dispose();
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count, CancellationToken cancellation)
    {
        var octets = new byte[count];
        await stream.ReadExactlyAsync(octets, cancellation);
        return octets;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _serving.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var near = new NetworkStream(client, ownsSocket: true);
            if (!await _greet(this, near, _stop.Token)) return;
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await using var far = new NetworkStream(socket);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            Task[] both = [near.CopyToAsync(far, over.Token), far.CopyToAsync(near, over.Token)];
            await Task.WhenAny(both);
            await over.CancelAsync();
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Either end went.
        }
    }
}
