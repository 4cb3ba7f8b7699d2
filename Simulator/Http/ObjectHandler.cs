using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>Requests about single objects: get, create, update, patch, delete.</summary>
internal sealed class ObjectHandler(ObjectStore store, ListHandler lists, ObjectCreation creation, ObjectChange changes, ObjectDeletion deletion)
{
    public async Task GetAsync(HttpContext context, RequestRecord request, RequestTarget target)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false, target.Type);
        var version = context.Request.Query["resourceVersion"].ToString();
        if (version.Length > 0)
        {
            await lists.WaitForRevisionAsync(ListOptions.RevisionOf(version), context.RequestAborted);
        }

        var found = store.Find(target.Type, target.Namespace, target.Name) ?? throw ApiException.NotFound(target.Type, target.Name);
        await Answers.Object(context, request, 200, media, found);
    }

    public async Task CreateAsync(HttpContext context, RequestRecord request, RequestTarget target)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false, target.Type);
        var body = await RequestBody.ReadAsync(context, "application/json");
        var created = creation.Create(target.Type, target.Namespace, body, trusted: false, DryRun(context));
        await Answers.Object(context, request, 201, media, created);
    }

    public async Task UpdateAsync(HttpContext context, RequestRecord request, RequestTarget target)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false, target.Type);
        var body = await RequestBody.ReadAsync(context, "application/json");
        var (updated, created) = changes.Replace(target.Type, target.Namespace, target.Name, body, PartOf(target), DryRun(context));
        await Answers.Object(context, request, created ? 201 : 200, media, updated);
    }

    public async Task PatchAsync(HttpContext context, RequestRecord request, RequestTarget target)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false, target.Type);
        var patch = await RequestBody.ReadAsync(context, "application/merge-patch+json");
        var changed = changes.Change(
            target.Type, target.Namespace, target.Name, current => MergePatch.Apply(current, patch), PartOf(target), DryRun(context));
        await Answers.Object(context, request, 200, media, changed);
    }

    public async Task DeleteAsync(HttpContext context, RequestRecord request, RequestTarget target)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false, target.Type);
        var options = await DeleteOptionsAsync(context);
        var (last, gone) = deletion.Delete(target.Type, target.Namespace, target.Name, options);
        if (!gone || target.Type.Kind is "Pod" or "Service")
        {
            await Answers.Object(context, request, 200, media, last);
            return;
        }

        var details = new JsonMap(("name", last.Name), ("group", target.Type.Group), ("kind", target.Type.Plural), ("uid", last.Uid));
        await Answers.Document(context, request, 200, media, new JsonMap(
            ("kind", "Status"), ("apiVersion", "v1"), ("metadata", JsonMap.Empty), ("status", "Success"),
            ("details", target.Type.Group.Length == 0 ? details.Without("group") : details)));
    }

    private static ObjectChange.Part PartOf(RequestTarget target) =>
        target.Subresource == "status" ? ObjectChange.Part.Status : ObjectChange.Part.Main;

    private static bool DryRun(HttpContext context) => context.Request.Query["dryRun"].ToString() switch
    {
        "" => false,
        "All" => true,
        var other => throw ApiException.Invalid("meta.k8s.io", "CreateOptions", "", FieldFault.NotSupported("dryRun", other, "All")),
    };

    private static async Task<DeleteOptions> DeleteOptionsAsync(HttpContext context)
    {
        var body = context.Request.ContentLength is > 0 || context.Request.Headers.TransferEncoding.Count > 0 || context.Request.Protocol == "HTTP/2"
            ? await RequestBody.ReadAsync(context, "application/json", optional: true)
            : null;
        var options = DeleteOptions.Parse(body);
        var query = context.Request.Query;
        if (long.TryParse(query["gracePeriodSeconds"].ToString(), out var grace))
        {
            options = options with { GracePeriodSeconds = grace };
        }

        if (query["propagationPolicy"].ToString() is { Length: > 0 } propagation)
        {
            options = DeleteOptions.Parse(new JsonMap(("propagationPolicy", propagation))) with
            {
                GracePeriodSeconds = options.GracePeriodSeconds,
                Uid = options.Uid,
                ResourceVersion = options.ResourceVersion,
                DryRun = options.DryRun,
            };
        }

        return DryRun(context) ? options with { DryRun = true } : options;
    }
}
