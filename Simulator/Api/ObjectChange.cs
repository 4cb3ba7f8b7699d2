using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Api;

/// <summary>Replaces and patches objects as the API server does: optimistic concurrency, and no new version where nothing changed.</summary>
internal sealed class ObjectChange(ObjectStore store, ObjectCreation creation)
{
    /// <summary>Which part of an object a change may touch.</summary>
    internal enum Part
    {
        /// <summary>All but the status, where that has a path of its own.</summary>
        Main,

        /// <summary>The status alone.</summary>
        Status,

        /// <summary>Everything: changes made inside the process.</summary>
        All,
    }

    /// <summary>Replaces an object (PUT).</summary>
    public (StoredObject Object, bool Created) Replace(ResourceType type, string ns, string name, JsonMap body, Part part, bool dryRun = false)
    {
        var wanted = ObjectCreation.Typed(type, ns, body);
        var given = wanted.At("metadata", "name")?.Text;
        if (given is null or "")
        {
            throw ApiException.Invalid(type.Group, type.Kind, name, FieldFault.Required("metadata.name", "name must be provided"));
        }

        if (given != name)
        {
            throw ApiException.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
        }

        return store.Write(() =>
        {
            var current = store.Find(type, ns, name);
            if (current is not null)
            {
                return (Commit(current, wanted, part, dryRun), false);
            }

            if (part != Part.Main || type.Kind is not ("Lease" or "Service" or "Endpoints"))
            {
                throw ApiException.NotFound(type, name);
            }

            // These kinds may be created by an update; one that names a uid means an object that is gone.
            return wanted.At("metadata", "uid")?.Text is { Length: > 0 } uid
                ? throw ApiException.WrongUid(type, ns, name, uid, "")
                : (creation.Create(type, ns, (JsonMap)MergePatch.Apply(body, new JsonMap(("metadata", new JsonMap(("resourceVersion", JsonNothing.Instance))))), false, dryRun), true);
        });
    }

    /// <summary>Changes an object by a function of its current state.</summary>
    public StoredObject Change(ResourceType type, string ns, string name, Func<JsonMap, Json> change, Part part, bool dryRun = false) => store.Write(() =>
    {
        var current = store.Find(type, ns, name) ?? throw ApiException.NotFound(type, name);
        var wanted = change(current.Document) as JsonMap ?? throw ApiException.BadRequest("a patch must leave an object");
        if (wanted.At("metadata", "name")?.Text is var given && given != name)
        {
            throw ApiException.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
        }

        return Commit(current, ObjectCreation.Typed(type, ns, wanted), part, dryRun);
    });

    private StoredObject Commit(StoredObject current, JsonMap wanted, Part part, bool dryRun)
    {
        var type = current.Type;
        CheckVersion(current, (JsonMap)wanted["metadata"]!, part);
        var next = Merge(current, wanted, part);
        if (JsonComparison.Same(next, current.Document))
        {
            return current;
        }

        if (type.HasGeneration && !JsonComparison.Same(next["spec"], current.Document["spec"]))
        {
            var generation = current.Metadata["generation"] is JsonNumber number ? long.Parse(number.Digits, CultureInfo.InvariantCulture) : 0;
            next = next.With(["metadata", "generation"], generation + 1);
        }

        if (part == Part.Main)
        {
            Immutability.Check(current, next);
        }

        ObjectCreation.CheckFields(type, next);
        if (dryRun)
        {
            return new StoredObject(type, next, current.Revision);
        }

        // With its last finalizer a deleted object goes at once: watchers see the deletion, in the state before.
        var changed = new StoredObject(type, next, current.Revision);
        if (Finished(changed))
        {
            store.Remove(current);
            return changed;
        }

        return store.Replace(current, next);
    }

    /// <summary>Whether nothing holds a deleted object any more.</summary>
    private static bool Finished(StoredObject candidate) =>
        candidate.IsTerminating && !candidate.HasFinalizers && candidate.Type != ResourceTypes.Namespaces
        && candidate.Metadata["deletionGracePeriodSeconds"] is not JsonNumber { Digits: not "0" };

    private static void CheckVersion(StoredObject current, JsonMap metadata, Part part)
    {
        var uid = metadata["uid"]?.Text;
        if (uid is { Length: > 0 } && uid != current.Uid)
        {
            throw ApiException.WrongUid(current.Type, current.Namespace, current.Name, uid, current.Uid);
        }

        var version = metadata["resourceVersion"]?.Text;
        if (version is null or "" or "0")
        {
            if (current.Type.Kind is "Lease" or "EndpointSlice" && part != Part.All)
            {
                throw ApiException.Invalid(
                    current.Type.Group, current.Type.Plural, current.Name,
                    new FieldFault("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update"));
            }

            return;
        }

        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw ApiException.Invalid(
                current.Type.Group, current.Type.Kind, current.Name,
                FieldFault.Invalid("metadata.resourceVersion", version, $"strconv.ParseUint: parsing \"{version}\": invalid syntax"));
        }

        if (number != current.Revision)
        {
            throw ApiException.Modified(current.Type, current.Name);
        }
    }

    /// <summary>The kept object with the wanted status. In the core group labels and annotations may come along.</summary>
    private static JsonMap StatusOnly(StoredObject current, JsonMap wanted)
    {
        var next = wanted["status"] is { } status ? current.Document.With("status", status) : current.Document.Without("status");
        if (current.Type.Group.Length > 0)
        {
            return next;
        }

        foreach (var member in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            next = wanted.At("metadata", member) is { } given ? next.With(["metadata", member], given) : next.Without(["metadata", member]);
        }

        return next;
    }

    /// <summary>The wanted object with all that a client cannot change put back.</summary>
    private static JsonMap Merge(StoredObject current, JsonMap wanted, Part part)
    {
        var kept = current.Document;
        if (part == Part.Status)
        {
            return StatusOnly(current, wanted);
        }

        if (part == Part.Main && current.Type.HasStatus)
        {
            wanted = kept["status"] is { } status ? wanted.With("status", status) : wanted.Without("status");
        }

        var metadata = (JsonMap)wanted["metadata"]!;
        foreach (var own in (ReadOnlySpan<string>)
            ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName", "resourceVersion"])
        {
            metadata = current.Metadata[own] is { } value ? metadata.With(own, value) : metadata.Without(own);
        }

        return wanted.With("metadata", metadata);
    }
}
