using Microsoft.AspNetCore.Connections;

namespace MetaCollector.Silo.Greetings;

/// <summary>Adds <see cref="StrangerWatch"/> to ports.</summary>
internal static class StrangerServices
{
    /// <summary>Watches the connections of a port; <paramref name="tls"/> adds TLS behind the watch, null for plaintext.</summary>
    public static void UseStrangerWatch(this IConnectionBuilder connections, StrangerWatch watch, Action? tls)
    {
        connections.Use(next => connection => watch.RunAsync(connection, next));
        if (tls is null) return;
        tls();
        connections.Use(next => connection => StrangerWatch.UnderstandAsync(connection, next));
    }

    public static StrangerWatch WatchOf(this IServiceProvider services, StrangerPort port, TimeSpan? handshakeTimeout) =>
        new(services.GetRequiredService<Strangers>(), port, handshakeTimeout, services.GetRequiredService<TimeProvider>());
}
