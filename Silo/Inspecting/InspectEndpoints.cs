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

    /// <param name="words">The subject, as on the command line: <c>cluster</c>; <c>node</c> and its name; and so on.</param>
    public static string PathOf(params IEnumerable<string> words) => $"/inspect/{string.Join('/', words.Select(Uri.EscapeDataString))}";

    public static IServiceCollection AddInspection(this IServiceCollection services) => services
        .AddSingleton<Grains.Interfaces.Inspection.IReplicaInspector, ReplicaInspector>().AddSingleton<Inspector>();

    public static void MapInspection(this IEndpointRouteBuilder endpoints)
    {
        var inspect = endpoints.MapGroup("/inspect").At(Listener.Inspect);
        Map(inspect, "/cluster", (inspector, _) => inspector.ClusterAsync());
        Map(inspect, "/node/{node}", (inspector, context) => inspector.NodeAsync(context.FromPath("node")));
        Map(inspect, "/namespace/{scope}", (inspector, context) => inspector.NamespaceAsync(context.FromPath("scope")));
        Map(inspect, "/pod/{scope}/{name}", (inspector, context) => inspector.PodAsync(context.FromPath("scope"), context.FromPath("name")));
    }

    private static void Map<T>(IEndpointRouteBuilder endpoints, string path, Func<Inspector, HttpContext, Task<T>> ask) =>
        endpoints.MapGet(path, context => AnswerAsync(context, ask));

    private static async Task AnswerAsync<T>(HttpContext context, Func<Inspector, HttpContext, Task<T>> ask)
    {
        try
        {
            var report = await ask(context.RequestServices.GetRequiredService<Inspector>(), context);
            await context.WriteTextAsync(JsonSerializer.Serialize(report, Json), "application/json; charset=utf-8");
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException)
        {
            // The replica that held the grain is gone, or does not answer; where the grain is now will be known in a second or two.
            await context.WriteTextAsync("a replica was lost just now, or does not answer: ask again in a few seconds\n", status: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
