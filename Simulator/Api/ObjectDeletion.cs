using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Api;

/// <summary>Deletes objects as the API server does: pods with grace, finalizers, preconditions.</summary>
internal sealed class ObjectDeletion(ObjectStore store, TimeProvider clock)
{
    /// <summary>Called, outside of any lock, for each object that was marked and awaits a controller: a pod its kubelet, a namespace its content's removal.</summary>
    public event Action<StoredObject>? Marked;

    /// <summary>Called, outside of any lock, for each object that was removed.</summary>
    public event Action<StoredObject, DeleteOptions>? Removed;

    /// <summary>Deletes an object. Returns its last state, and whether it is gone.</summary>
    public (StoredObject Object, bool Gone) Delete(ResourceType type, string ns, string name, DeleteOptions options)
    {
        var (last, gone, marked) = store.Write(() =>
        {
            var current = store.Find(type, ns, name) ?? throw ApiException.NotFound(type, name);
            CheckPreconditions(current, options);
            return options.DryRun ? (current, true, false) : Step(current, options);
        });
        if (options.DryRun)
        {
            return (last, gone);
        }

        if (gone)
        {
            Removed?.Invoke(last, options);
        }
        else if (marked)
        {
            Marked?.Invoke(last);
        }

        return (last, gone);
    }

    /// <summary>Removes an object whose grace is over, if it is still that very one. Whether it was.</summary>
    public bool Finish(StoredObject marked)
    {
        var last = store.Write(() =>
        {
            var current = store.Find(marked.Type, marked.Namespace, marked.Name);
            if (current is null || current.Uid != marked.Uid || current.HasFinalizers)
            {
                return null;
            }

            // The namespace controller takes its own finalizer away before the namespace goes.
            return Remove(current.Type == ResourceTypes.Namespaces ? store.Replace(current, current.Document.Without(["spec", "finalizers"])) : current);
        });
        if (last is not null)
        {
            Removed?.Invoke(last, new DeleteOptions());
        }

        return last is not null;
    }

    private (StoredObject Last, bool Gone, bool Marked) Step(StoredObject current, DeleteOptions options)
    {
        if (current.Type == ResourceTypes.Namespaces)
        {
            return current.IsTerminating
                ? throw ApiException.Conflict(
                    current.Type, current.Name, "The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.")
                : (Mark(current, 0, ("status", new JsonMap(("phase", "Terminating")))), false, true);
        }

        var grace = GraceOf(current, options);
        if (grace > 0)
        {
            var standing = current.Metadata["deletionGracePeriodSeconds"] is JsonNumber number
                ? long.Parse(number.Digits, CultureInfo.InvariantCulture)
                : long.MaxValue;
            return current.IsTerminating && grace >= standing ? (current, false, false) : (Mark(current, grace), false, true);
        }

        if (current.HasFinalizers)
        {
            return current.IsTerminating && current.Metadata["deletionGracePeriodSeconds"] is JsonNumber { Digits: "0" }
                ? (current, false, false)
                : (Mark(current, 0), false, false);
        }

        return (Remove(current), true, false);
    }

    /// <summary>Removes an object; a pod is marked with no grace first, even where it never had any, and watchers see both.</summary>
    private StoredObject Remove(StoredObject current) => store.Remove(
        current.Type == ResourceTypes.Pods && current.Metadata["deletionGracePeriodSeconds"] is not JsonNumber { Digits: "0" } ? Mark(current, 0) : current);

    private StoredObject Mark(StoredObject current, long grace, params ReadOnlySpan<(string Name, Json Value)> also)
    {
        var metadata = current.Metadata
            .With("deletionTimestamp", Timestamps.Format(clock.GetUtcNow().AddSeconds(grace)))
            .With("deletionGracePeriodSeconds", grace);
        if (current.Type.HasGeneration && current.Metadata["generation"] is JsonNumber number && !current.IsTerminating)
        {
            metadata = metadata.With("generation", long.Parse(number.Digits, CultureInfo.InvariantCulture) + 1);
        }

        if (current.Type == ResourceTypes.Namespaces)
        {
            metadata = metadata.Without("deletionGracePeriodSeconds");
        }

        var document = current.Document.With("metadata", metadata);
        foreach (var (name, value) in also)
        {
            document = document.With(name, value);
        }

        return store.Replace(current, document);
    }

    private static long GraceOf(StoredObject current, DeleteOptions options)
    {
        if (current.Type != ResourceTypes.Pods
            || current.Document.At("spec", "nodeName")?.Text is null or ""
            || current.Document.At("status", "phase")?.Text is "Succeeded" or "Failed")
        {
            return 0;
        }

        return options.GracePeriodSeconds
            ?? (current.Document.At("spec", "terminationGracePeriodSeconds") is JsonNumber number
                ? long.Parse(number.Digits, CultureInfo.InvariantCulture)
                : 30);
    }

    private static void CheckPreconditions(StoredObject current, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != current.Uid)
        {
            throw ApiException.Conflict(
                current.Type, current.Name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({current.Uid}). The object might have been deleted and then recreated");
        }

        if (options.ResourceVersion is { } version && version != current.Metadata["resourceVersion"]?.Text)
        {
            throw ApiException.Conflict(
                current.Type, current.Name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({current.Metadata["resourceVersion"]?.Text}). The object might have been modified");
        }
    }
}
