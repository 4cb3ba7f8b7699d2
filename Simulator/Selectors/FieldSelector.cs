using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Selectors;

/// <summary>A field selector as in <c>fieldSelector=</c>: the fields that the real server indexes, with =, == and !=.</summary>
internal sealed class FieldSelector
{
    private readonly IReadOnlyList<(string Field, string Value, bool Equal)> _terms;

    private FieldSelector(IReadOnlyList<(string Field, string Value, bool Equal)> terms) => _terms = terms;

    public bool IsEmpty => _terms.Count == 0;

    /// <summary>The name that is asked for, where <c>metadata.name</c> is.</summary>
    public string? Name => _terms.FirstOrDefault(term => term is { Field: "metadata.name", Equal: true }).Value;

    /// <summary>Reads a selector.</summary>
    /// <exception cref="ApiException">It is malformed or names a field that cannot be selected by (400).</exception>
    public static FieldSelector Parse(ResourceType type, string text)
    {
        var terms = new List<(string, string, bool)>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
            {
                throw ApiException.BadRequest($"invalid selector: '{text}'; can't understand '{part}'");
            }

            var equal = part[at - 1] != '!';
            var field = equal ? part[..at] : part[..(at - 1)];
            var value = part[(at + 1)..].TrimStart('=');
            if (!IsKnown(type, field))
            {
                throw ApiException.BadRequest(
                    type == ResourceTypes.Pods
                        ? $"field label not supported: {field}"
                        : $"\"{field}\" is not a known field selector: only {(type.Namespaced ? "\"metadata.name\", \"metadata.namespace\"" : "\"metadata.name\"")}");
            }

            terms.Add((field, value, equal));
        }

        return new FieldSelector(terms);
    }

    public bool Matches(StoredObject candidate)
    {
        foreach (var (field, value, equal) in _terms)
        {
            if ((ValueOf(candidate, field) == value) != equal)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsKnown(ResourceType type, string field) => field switch
    {
        "metadata.name" => true,
        "metadata.namespace" => type.Namespaced,
        "spec.nodeName" or "status.podIP" or "spec.restartPolicy" or "spec.schedulerName" or "spec.serviceAccountName" => type == ResourceTypes.Pods,
        "status.phase" => type == ResourceTypes.Pods || type == ResourceTypes.Namespaces,
        "spec.unschedulable" => type == ResourceTypes.Nodes,
        "spec.clusterIP" or "spec.type" => type == ResourceTypes.Services,
        _ => false,
    };

    private static string ValueOf(StoredObject candidate, string field)
    {
        switch (field)
        {
            case "metadata.name":
                return candidate.Name;
            case "metadata.namespace":
                return candidate.Namespace;
            default:
                var dot = field.IndexOf('.', StringComparison.Ordinal);
                var value = candidate.Document.At(field[..dot], field[(dot + 1)..]);
                return field == "spec.unschedulable" ? value?.ToString() ?? "false" : value?.Text ?? string.Empty;
        }
    }
}
