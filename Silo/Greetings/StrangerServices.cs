using Microsoft.AspNetCore.Connections;

namespace MetaCollector.Silo.Greetings;

/// <summary>Puts the watch for strangers around what listens.</summary>
internal static class StrangerServices
{
    /// <summary>Watches whoever connects; <paramref name="tls"/> adds TLS within it, null where there is none.</summary>
    public static void UseStrangerWatch(this IConnectionBuilder connections, StrangerWatch watch, Action? tls)
    {
        connections.Use(next => connection => watch.RunAsync(connection, next));
        if (tls is null) return;
        tls();
        connections.Use(next => connection => StrangerWatch.UnderstandAsync(connection, next));
    }

    /// <summary>The watch of a port.</summary>
    public static StrangerWatch WatchOf(this IServiceProvider services, StrangerPort port, TimeSpan? handshakeTimeout) =>
        new(services.GetRequiredService<Strangers>(), port, handshakeTimeout, services.GetRequiredService<TimeProvider>());
}
