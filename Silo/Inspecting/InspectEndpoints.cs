using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MetaCollector.Silo.Hosting;

namespace MetaCollector.Silo.Inspecting;

/// <summary>
/// Serves the reports as JSON, on their own listener, which only those reach who may look into the pod. Read-only.
/// </summary>
internal static class InspectEndpoints
{
    /// <summary>How reports are written and read.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // Names of Kubernetes need no escaping, and people read this.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The path of a report.</summary>
    /// <param name="words">The subject, as on the command line: <c>cluster</c>; <c>node</c> and its name; and so on.</param>
    public static string PathOf(params IEnumerable<string> words) => $"/inspect/{string.Join('/', words.Select(Uri.EscapeDataString))}";

    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddInspection(this IServiceCollection services) => services
        .AddSingleton<Grains.Interfaces.Inspection.IReplicaInspector, ReplicaInspector>().AddSingleton<Inspector>();

    /// <summary>Maps the reports.</summary>
    public static void MapInspection(this IEndpointRouteBuilder endpoints)
    {
        var inspect = endpoints.MapGroup("/inspect").At(Listener.Inspect);
        inspect.MapGet("/cluster", async context => await WriteAsync(context, await Asked(context).ClusterAsync()));
        inspect.MapGet("/node/{node}", async context => await WriteAsync(context, await Asked(context).NodeAsync(context.FromPath("node"))));
        inspect.MapGet(
            "/namespace/{scope}", async context => await WriteAsync(context, await Asked(context).NamespaceAsync(context.FromPath("scope"))));
        inspect.MapGet(
            "/pod/{scope}/{name}",
            async context => await WriteAsync(context, await Asked(context).PodAsync(context.FromPath("scope"), context.FromPath("name"))));
    }

    private static Inspector Asked(HttpContext context) => context.RequestServices.GetRequiredService<Inspector>();

    private static Task WriteAsync<T>(HttpContext context, T report) =>
        context.WriteTextAsync(JsonSerializer.Serialize(report, Json), "application/json; charset=utf-8");
}
