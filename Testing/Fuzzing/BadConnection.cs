using System.Net.Sockets;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>A connection on which something wrong is said, and which ends one way or another.</summary>
internal static class BadConnection
{
    private static readonly TimeSpan Listening = TimeSpan.FromMilliseconds(20);

    /// <summary>Connects, says it, listens for a moment, and closes or resets.</summary>
    /// <param name="port">A port on loopback.</param>
    /// <param name="words">Makes what is said, once the connection is there.</param>
    /// <param name="dice">Decides how it ends.</param>
    /// <param name="buffer">Takes the answer, which does not matter.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task MakeAsync(int port, Func<byte[]> words, Random dice, byte[] buffer, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellation);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(words(), cancellation);
            if (dice.Next(3) == 0) client.Client.Shutdown(SocketShutdown.Send);
            if (dice.Next(2) == 0) client.LingerState = new LingerOption(enable: true, 0);
            using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            listening.CancelAfter(Listening);
            while (await stream.ReadAsync(buffer, listening.Token) > 0)
            {
                // What it says does not matter.
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Closed, as it should be, or patient.
        }
    }
}
