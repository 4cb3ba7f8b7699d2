using System.Security.Cryptography;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Api;

/// <summary>Creates objects as the API server does.</summary>
internal sealed class ObjectCreation(ObjectStore store, TimeProvider clock)
{
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private readonly Defaults _defaults = new();

    /// <summary>Creates an object.</summary>
    /// <param name="type">Its kind.</param>
    /// <param name="ns">The namespace of the request; empty for kinds without.</param>
    /// <param name="body">The object as the client sent it.</param>
    /// <param name="trusted">Whether a given uid, creation time and status are kept: true inside the process, false for requests.</param>
    /// <param name="dryRun">Whether only to check.</param>
    /// <param name="check">Whether the types of the fields are in doubt.</param>
    public StoredObject Create(ResourceType type, string ns, JsonMap body, bool trusted, bool dryRun = false, bool check = true)
    {
        body = Prepare(type, ns, body, trusted);
        return store.Write(() =>
        {
            var document = WithName(type, ns, body);
            var name = document.At("metadata", "name")!.Text!;
            RequireLiveNamespace(type, ns, name);
            if (store.Find(type, ns, name) is not null)
            {
                throw ApiException.AlreadyExists(type, name);
            }

            document = _defaults.Fill(type, document);
            if (check)
            {
                CheckFields(type, document);
            }

            return dryRun ? new StoredObject(type, document, 0) : store.Insert(type, document);
        });
    }

    /// <summary>Refuses members of the wrong type, as the real server's decoder does.</summary>
    public static void CheckFields(ResourceType type, JsonMap document)
    {
        try
        {
            _ = type.Message is { } message ? Envelope.Bare(MessagePlan.Of(message), document) : Envelope.BareMetadata(document);
        }
        catch (FieldMismatchException fault)
        {
            throw ApiException.BadRequest(
                $"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: json: {fault.Message}");
        }
    }

    /// <summary>Checks what an object says of its own type and namespace, and puts its type in front.</summary>
    public static JsonMap Typed(ResourceType type, string ns, JsonMap body)
    {
        var version = body["apiVersion"]?.Text is { Length: > 0 } given ? given : type.ApiVersion;
        var kind = body["kind"]?.Text is { Length: > 0 } named ? named : type.Kind;
        if (version != type.ApiVersion || kind != type.Kind)
        {
            throw ApiException.BadRequest($"{kind} in version \"{version.Split('/')[^1]}\" cannot be handled as a {type.Kind}: "
                + (ResourceTypes.ByKind(version, kind) is null
                    ? $"no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
                    : $"converting ({version.Replace('/', '.')}.{kind}) to ({(type.Group.Length == 0 ? "core" : type.Group)}.{type.Kind}): unknown conversion"));
        }

        var metadata = body["metadata"] switch
        {
            null or JsonNothing => JsonMap.Empty,
            JsonMap map => map,
            _ => throw ApiException.BadRequest("metadata must be an object"),
        };
        if (type.Namespaced && metadata["namespace"]?.Text is { Length: > 0 } own && own != ns)
        {
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        metadata = type.Namespaced ? metadata.With("namespace", ns) : metadata.Without("namespace");
        var rest = body.Without("kind").Without("apiVersion").Without("metadata");
        return new JsonMap(
            ["kind", "apiVersion", "metadata", .. rest.Names],
            [type.Kind, type.ApiVersion, metadata.Without("selfLink"), .. rest.Values]);
    }

    private JsonMap Prepare(ResourceType type, string ns, JsonMap body, bool trusted)
    {
        body = Typed(type, ns, body);
        var metadata = (JsonMap)body["metadata"]!;
        if (metadata["resourceVersion"]?.Text is { Length: > 0 } && !trusted)
        {
            throw new ApiException(500, "", "resourceVersion should not be set on objects to be created");
        }

        var uid = trusted ? metadata["uid"]?.Text : null;
        var born = trusted ? metadata["creationTimestamp"]?.Text : null;
        metadata = metadata.Without("deletionTimestamp").Without("deletionGracePeriodSeconds").Without("resourceVersion")
            .With("uid", uid ?? Guid.NewGuid().ToString()).With("creationTimestamp", born ?? clock.Now());
        if (type.HasGeneration)
        {
            metadata = metadata.With("generation", 1);
        }

        body = body.With("metadata", metadata);
        return !trusted && type.HasStatus ? body.Without("status") : body;
    }

    private JsonMap WithName(ResourceType type, string ns, JsonMap body)
    {
        var metadata = (JsonMap)body["metadata"]!;
        var name = metadata["name"]?.Text ?? string.Empty;
        if (name.Length == 0)
        {
            var prefix = metadata["generateName"]?.Text ?? string.Empty;
            if (prefix.Length == 0)
            {
                throw ApiException.Invalid(type.Group, type.Kind, "", FieldFault.Required("metadata.name", "name or generateName is required"));
            }

            do
            {
                name = prefix[..Math.Min(prefix.Length, 58)] + RandomNumberGenerator.GetString(SuffixLetters, 5);
            }
            while (store.Find(type, ns, name) is not null);
        }

        if (Names.Fault(type, name) is { } fault)
        {
            throw ApiException.Invalid(type.Group, type.Kind, name, FieldFault.Invalid("metadata.name", name, fault));
        }

        var rest = metadata.Without("name");
        return body.With("metadata", new JsonMap(["name", .. rest.Names], [name, .. rest.Values]));
    }

    private void RequireLiveNamespace(ResourceType type, string ns, string name)
    {
        if (!type.Namespaced)
        {
            return;
        }

        var found = store.Find(ResourceTypes.Namespaces, "", ns) ?? throw ApiException.NotFound(ResourceTypes.Namespaces, ns);
        if (found.IsTerminating)
        {
            throw ApiException.NamespaceTerminating(type, ns, name);
        }
    }
}
