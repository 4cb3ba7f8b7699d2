using Orleans.Dashboard;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// The Orleans dashboard, from the first request for it on. Mapping it reads and packs all that its pages are made of, some 45 MB: nobody
/// is to pay for that who never looks.
/// </summary>
internal static class Dashboard
{
    /// <summary>Serves it at <see cref="Listener.Dashboard"/>, wherever nothing else is mapped.</summary>
    public static void MapDashboard(this WebApplication app)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(app));
        app.MapGet("{**path}", context =>
        {
            // The routes of its own are tried only where no endpoint has been chosen yet.
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
