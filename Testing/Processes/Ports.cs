using System.Net;
using System.Net.Sockets;

namespace MetaCollector.Testing.Processes;

/// <summary>
/// Finds free ports on loopback. None of those that the system gives to clients, and each is ours, by a lock on a file, until this process ends: no other
/// test run on this machine is given it meanwhile. Thread-safe.
/// </summary>
public static class Ports
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static readonly string Folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "metacollector-ports")).FullName;
    private static readonly Lock Gate = new();
    private static readonly List<FileStream> Taken = [];

    private static int _last = Random.Shared.Next(Count);

    /// <summary>A port that nobody listens on, and that nobody else is given.</summary>
    public static int Free()
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Count; tries++)
            {
                var port = First + (++_last % Count);
                if (TryTake(port) is not { } taken) continue;
                if (IsFree(port))
                {
                    Taken.Add(taken);
                    return port;
                }

                taken.Dispose();
            }
        }

        throw new InvalidOperationException($"no port from {First} to {First + Count - 1} is free");
    }

    private static FileStream? TryTake(int port)
    {
        try
        {
            return new FileStream(Path.Combine(Folder, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
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
