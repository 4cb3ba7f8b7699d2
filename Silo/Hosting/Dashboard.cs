using Orleans.Dashboard;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// The Orleans dashboard, mapped at the first request for it: mapping reads and compresses its pages, which takes some 45 MB.
/// </summary>
internal static class Dashboard
{
    /// <summary>Serves the dashboard at <see cref="Listener.Dashboard"/>.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(app));
        app.MapGet("{**path}", context =>
        {
            // Routing tries the dashboard's own routes only where no endpoint is chosen yet.
            context.SetEndpoint(null);
            context.Request.RouteValues.Clear();
            return pages.Value(context);
        }).At(Listener.Dashboard);
    }

    private static RequestDelegate Build(WebApplication app)
    {
        var branch = ((IApplicationBuilder)app).New();
        branch.UseRouting();
        branch.UseEndpoints(endpoints => endpoints.MapOrleansDashboard());
        return branch.Build();
    }
}
