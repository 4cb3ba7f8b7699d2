using System.Net;
using System.Net.Sockets;

namespace MetaCollector.Testing.Processes;

/// <summary>
/// Finds free ports on loopback. Never one that it gave before, and none of those that the system gives to clients, or the port would be
/// somebody else's before it is used. Thread-safe.
/// </summary>
public static class Ports
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int _last = Random.Shared.Next(Count);

    /// <summary>A port that was free a moment ago.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + ((Interlocked.Increment(ref _last) & int.MaxValue) % Count);
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
