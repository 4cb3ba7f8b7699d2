using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MetaCollector.Silo.Greetings;

/// <summary>Looks at connections as they begin, and tells of those that could not be used. Thread-safe.</summary>
/// <param name="strangers">Who is told.</param>
/// <param name="port">Where they come.</param>
/// <param name="handshakeTimeout">How long the TLS handshake may take; null where there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class StrangerWatch(Strangers strangers, StrangerPort port, TimeSpan? handshakeTimeout, TimeProvider time)
{
    // Timers count by a coarse clock: the handshake's may come some milliseconds before its time by ours.
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(50);

    /// <summary>For the connection's pipeline, before TLS: lets a connection run, and judges it when it has ended.</summary>
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

    /// <summary>For the connection's pipeline, behind TLS: whoever comes this far is understood.</summary>
    public static Task UnderstandAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Get<Greeting>()?.IsUnderstood = true;
        Greeting.Current = null;
        return next(connection);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
