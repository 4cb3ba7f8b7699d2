using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Clustering.Kubernetes.Fakes;

/// <summary>
/// As much of an API server as single objects need: optimistic concurrency, in memory, with faults on demand. Thread-safe.
/// </summary>
internal sealed class FakeApiServer
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JsonObject> _objects = [];
    private long _resourceVersion;

    /// <summary>Called before a request is served; may throw.</summary>
    public Func<HttpRequestMessage, Task>? Before { get; set; }

    /// <summary>Called after a request was served, before it is answered; may throw: the answer is lost.</summary>
    public Func<HttpRequestMessage, Task>? After { get; set; }

    /// <summary>The clock behind creation timestamps.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>How many writes were made.</summary>
    public int Writes { get; private set; }

    /// <summary>Every request fails from now on, or no longer.</summary>
    public bool IsDown
    {
        set => Before = value ? _ => throw new UnreachableException("connection refused") : null;
    }

    /// <summary>The way to it.</summary>
    public ApiServerAccess Access() => Accesses.Over(() => new Handler(this));

    /// <summary>A copy of an object; null where there is none.</summary>
    public JsonObject? Get(string path)
    {
        lock (_lock) return _objects.TryGetValue(path, out var item) ? item.DeepClone().AsObject() : null;
    }

    /// <summary>Edits an object by hand.</summary>
    public void Edit(string path, Action<JsonObject> edit)
    {
        lock (_lock)
        {
            edit(_objects[path]);
            Stamp(_objects[path]);
        }
    }

    /// <summary>Deletes an object by hand; one that is not there is no error.</summary>
    public void Delete(string path)
    {
        lock (_lock) _objects.Remove(path);
    }

    private (HttpStatusCode Code, JsonObject Body) Serve(HttpMethod method, string path, JsonObject? body)
    {
        lock (_lock)
        {
            if (method == HttpMethod.Post) path = $"{path}/{body!["metadata"]!["name"]}";
            var known = _objects.GetValueOrDefault(path);
            if (method == HttpMethod.Get) return known is null ? Status(HttpStatusCode.NotFound) : (HttpStatusCode.OK, known.DeepClone().AsObject());
            if (method == HttpMethod.Post)
            {
                if (known is not null) return Status(HttpStatusCode.Conflict);
                body!["metadata"]!["creationTimestamp"] = Time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ");
                body["metadata"]!["uid"] = Guid.NewGuid().ToString();
            }
            else if (known is null)
            {
                return Status(HttpStatusCode.NotFound);
            }
            else if ((string?)body!["metadata"]!["resourceVersion"] is { } given && given != (string?)known["metadata"]!["resourceVersion"])
            {
                return Status(HttpStatusCode.Conflict);
            }

            Stamp(body);
            Writes++;
            _objects[path] = body;
            return (HttpStatusCode.OK, body.DeepClone().AsObject());
        }
    }

    private void Stamp(JsonObject item) => item["metadata"]!["resourceVersion"] = $"{++_resourceVersion}";

    private static (HttpStatusCode Code, JsonObject Body) Status(HttpStatusCode code) =>
        (code, new JsonObject { ["kind"] = "Status", ["code"] = (int)code, ["reason"] = code.ToString() });

    private sealed class Handler(FakeApiServer server) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Without this, everything would happen in one turn and no two writers would ever meet.
            await Task.Yield();
            if (server.Before is { } before) await before(request).WaitAsync(cancellationToken);
            var text = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
            var (code, body) = server.Serve(request.Method, request.RequestUri!.AbsolutePath, text is null ? null : JsonNode.Parse(text)!.AsObject());
            if (server.After is { } after) await after(request).WaitAsync(cancellationToken);
            await Task.Yield();
            return new(code) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), RequestMessage = request };
        }
    }
}
