using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Api;

/// <summary>What a client may not change once an object is there.</summary>
internal static class Immutability
{
    private const string PodRule =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    /// <exception cref="ApiException">It changes (422).</exception>
    public static void Check(StoredObject current, JsonMap next)
    {
        var type = current.Type;
        if (type == ResourceTypes.Pods && !JsonComparison.Same(Fixed(current.Document), Fixed(next)))
        {
            throw ApiException.Invalid(type.Group, type.Kind, current.Name, FieldFault.Forbidden("spec", PodRule));
        }

        if (type.Group == "apps" && !JsonComparison.Same(current.Document.At("spec", "selector"), next.At("spec", "selector")))
        {
            throw ApiException.Invalid(
                type.Group, type.Kind, current.Name,
                FieldFault.Invalid("spec.selector", next.At("spec", "selector")?.ToString() ?? "null", "field is immutable"));
        }

        if (type == ResourceTypes.ConfigMaps && current.Document["immutable"] is JsonTruth { Value: true }
            && !JsonComparison.Same(current.Document["data"], next["data"]))
        {
            throw ApiException.Invalid(
                type.Group, type.Kind, current.Name, FieldFault.Forbidden("data", "field is immutable when `immutable` is set"));
        }
    }

    private static JsonMap? Fixed(JsonMap pod)
    {
        if (pod["spec"] is not JsonMap spec)
        {
            return null;
        }

        spec = spec.Without("activeDeadlineSeconds").Without("tolerations").Without("terminationGracePeriodSeconds");
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if (spec[list] is JsonList containers)
            {
                spec = spec.With(list, new JsonList([.. containers.Items.Select(one => one is JsonMap map ? map.Without("image") : one)]));
            }
        }

        return spec;
    }
}
