using MetaCollector.Simulator.Access;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>Takes a request through authentication, faults and authorization to what answers it.</summary>
internal sealed class ApiPipeline(
    SimulatorOptions options, AccessControl access, FaultInjection faults, RequestLog log, ListHandler lists, WatchHandler watches, ObjectHandler objects)
{
    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        var target = RequestTarget.Parse(path);
        var user = access.Authenticate(context.Request.Headers.Authorization.ToString());
        var request = Record(context, target, user ?? "", options.Clock.GetUtcNow());
        var (verb, resource) = (request.Verb, request.Resource);
        log.Add(request);
        try
        {
            await faults.BeforeAnswerAsync(verb, resource, context.RequestAborted);
            if (user is null)
            {
                throw ApiException.Unauthorized();
            }

            if (target is not null)
            {
                Authorize(user, verb, resource, target);
                await AnswerAsync(context, request, target, verb);
            }
            else
            {
                await AnswerOtherAsync(context, request, path);
            }
        }
        catch (ApiException error) when (!context.Response.HasStarted)
        {
            await Answers.Error(context, request, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went, or was cut off.
        }
        catch (IOException)
        {
            // The same, seen while writing.
        }
        finally
        {
            log.Finish(request);
        }
    }

    /// <summary>What a request asks for.</summary>
    internal static RequestRecord Record(HttpContext context, RequestTarget? target, string user, DateTimeOffset now) => new(
        Verb(context, target),
        target is null ? "" : target.Subresource.Length == 0 ? target.Type.Plural : $"{target.Type.Plural}/{target.Subresource}",
        context.Request.Path.Value + context.Request.QueryString, context.Request.Headers.UserAgent.ToString(), user, now)
    {
        Protocol = context.Request.Protocol, Connection = context.Connection.Id,
    };

    private static string Verb(HttpContext context, RequestTarget? target)
    {
        var query = context.Request.Query["watch"];
        var watch = query.Count > 0 && query.ToString() is not ("false" or "0");
        return context.Request.Method switch
        {
            "GET" when target is null => "get",
            // Of a single object "watch" means nothing.
            "GET" when watch && target.Name.Length == 0 => "watch",
            "GET" => target.Name.Length == 0 ? "list" : "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => target?.Name.Length == 0 ? "deletecollection" : "delete",
            var other => other.ToLowerInvariant(),
        };
    }

    private void Authorize(string user, string verb, string resource, RequestTarget target)
    {
        if (access.IsForbidden(user, verb, resource))
        {
            var scope = target.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{target.Namespace}\"";
            throw ApiException.Forbidden(
                target.Type, target.Name, $"User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{target.Type.Group}\" {scope}");
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestRecord request, RequestTarget target, string verb)
    {
        if (target.Subresource.Length > 0 && (target.Subresource != "status" || !target.Type.HasStatus))
        {
            throw ApiException.NoSuchPath();
        }

        switch (verb)
        {
            case "get":
                await objects.GetAsync(context, request, target);
                break;
            case "list" or "watch":
                await ListOrWatchAsync(context, request, target, verb);
                break;
            case "create" when target.Name.Length == 0 && (target.Namespace.Length > 0 || !target.Type.Namespaced):
                await objects.CreateAsync(context, request, target);
                break;
            case "update" when target.Name.Length > 0:
                await objects.UpdateAsync(context, request, target);
                break;
            case "patch" when target.Name.Length > 0:
                await objects.PatchAsync(context, request, target);
                break;
            case "delete" when target.Subresource.Length == 0 && target.Name.Length > 0:
                await objects.DeleteAsync(context, request, target);
                break;
            default:
                throw ApiException.MethodNotAllowed();
        }
    }

    private async Task ListOrWatchAsync(HttpContext context, RequestRecord request, RequestTarget target, string verb)
    {
        // A watch is negotiated by the form of its objects, a list by its own.
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: verb == "list", target.Type);
        var asked = Options(context, target);
        if (verb == "watch")
        {
            await watches.ServeAsync(context, request, target.Type, asked, media);
            return;
        }

        var page = await lists.ReadAsync(target.Type, asked, context.RequestAborted);
        Answers.Begin(context, request, 200, media.ContentType);
        await ListWriter.WriteAsync(context.Response.BodyWriter, request, target.Type, media, page, context.RequestAborted);
    }

    private ListOptions Options(HttpContext context, RequestTarget target) =>
        ListOptions.Parse(context.Request.Query, target, options.StreamingLists);

    private Task AnswerOtherAsync(HttpContext context, RequestRecord request, string path)
    {
        if (!ResourceTypes.Groups.Any(one => path.StartsWith(one.Group.Length == 0 ? "/api/" : $"/apis/{one.Group}/", StringComparison.Ordinal))
            && path is not ("/healthz" or "/livez" or "/readyz" or "/version" or "/api" or "/apis"))
        {
            return Answers.Text(context, request, "404 page not found\n", 404);
        }

        if (context.Request.Method is not "GET" and not "HEAD")
        {
            throw ApiException.NoSuchPath();
        }

        if (path is "/healthz" or "/livez" or "/readyz")
        {
            return Answers.Text(context, request, "ok");
        }

        var document = Discovery.Document(path, options.GitVersion) ?? throw ApiException.NoSuchPath();
        return Answers.Document(context, request, 200, new MediaType(WireFormat.Json, false), document);
    }
}
