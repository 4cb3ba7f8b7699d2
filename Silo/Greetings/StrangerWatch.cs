using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MetaCollector.Silo.Greetings;

/// <summary>Watches the beginning of connections, and reports those that could not be used. Thread-safe.</summary>
/// <param name="strangers">Gets the reports.</param>
/// <param name="port">The port.</param>
/// <param name="handshakeTimeout">How long the TLS handshake may take; null without TLS.</param>
/// <param name="time">The clock.</param>
internal sealed class StrangerWatch(Strangers strangers, StrangerPort port, TimeSpan? handshakeTimeout, TimeProvider time)
{
    // The handshake's timer uses a coarser clock, and may fire some milliseconds early by this one.
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(50);

    /// <summary>Middleware before TLS: runs the connection, and reports it when it has ended without use.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var greeting = new Greeting();
        var transport = connection.Transport;
        connection.Transport = new Duplex(new FirstBytes(transport.Input, greeting), transport.Output);
        connection.Features.Set(greeting);
        if (handshakeTimeout is not null) Greeting.Current = greeting;
        var began = time.GetTimestamp();
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            var isLate = handshakeTimeout is { } most && time.GetElapsedTime(began) >= most - TimerSlack;
            if (Judgement.Of(port, handshakeTimeout is not null, greeting, isLate) is { } cause)
                strangers.Came(port, cause, (connection.RemoteEndPoint as IPEndPoint)?.Address, greeting.Refusal);
        }
    }

    /// <summary>Middleware behind TLS: notes that the handshake has succeeded.</summary>
    public static Task UnderstandAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Get<Greeting>()?.IsUnderstood = true;
        Greeting.Current = null;
        return next(connection);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
