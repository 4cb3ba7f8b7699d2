using MetaCollector.Silo.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// The ports of the program. Each endpoint is served on one listener alone, whatever Host a client sends: subscribers get no metrics, and nobody outside
/// the pod gets inspect or the dashboard.
/// </summary>
internal enum Listener
{
    /// <summary>gRPC for Falco.</summary>
    Broker,

    /// <summary>/healthz and /readyz.</summary>
    Probes,

    /// <summary>/metrics.</summary>
    Metrics,

    /// <summary>Reports for <c>metacollector inspect</c>.</summary>
    Inspect,

    /// <summary>The Orleans dashboard.</summary>
    Dashboard,
}

/// <summary>Binds endpoints to listeners.</summary>
internal static class Listeners
{
    /// <summary>Listens at <paramref name="address"/>, and marks its connections with <paramref name="listener"/>.</summary>
    public static void Listen(this KestrelServerOptions kestrel, Listener listener, BindAddress address, Action<ListenOptions>? configure = null)
    {
        if (address.Host is { } host) kestrel.Listen(host, address.Port, Configure);
        else kestrel.ListenAnyIP(address.Port, Configure);

        void Configure(ListenOptions options)
        {
            options.Use(next => connection =>
            {
                connection.Features.Set(new Origin(listener));
                return next(connection);
            });
            configure?.Invoke(options);
        }
    }

    /// <summary>Serves these endpoints at <paramref name="listener"/> only.</summary>
    public static TBuilder At<TBuilder>(this TBuilder endpoints, Listener listener) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new Destination(listener));

    /// <summary>Answers 404 to a request at another listener than its endpoint's. Call it after routing.</summary>
    public static void UseListeners(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // gRPC adds endpoints for unknown methods, which have no Destination.
        var destination = context.GetEndpoint()?.Metadata.GetMetadata<Destination>()?.Listener ?? Listener.Broker;
        if (context.Features.Get<Origin>()?.Listener == destination) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    private sealed record Origin(Listener Listener);

    private sealed record Destination(Listener Listener);
}
