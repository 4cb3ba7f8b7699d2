namespace MetaCollector.Simulator.Documents;

/// <summary>JSON merge patch (RFC 7396).</summary>
internal static class MergePatch
{
    public static Json Apply(Json? target, Json patch)
    {
        if (patch is not JsonMap changes)
        {
            return patch;
        }

        var result = target as JsonMap ?? JsonMap.Empty;
        for (var i = 0; i < changes.Count; i++)
        {
            var name = changes.Names[i];
            result = changes.Values[i] is JsonNothing ? result.Without(name) : result.With(name, Apply(result[name], changes.Values[i]));
        }

        return result;
    }
}
