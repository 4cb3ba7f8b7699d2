namespace MetaCollector.Simulator.Documents;

/// <summary>Whether two values say the same, whatever the order of members.</summary>
internal static class JsonComparison
{
    public static bool Same(Json? left, Json? right)
    {
        if (ReferenceEquals(left, right))
        {
            return true;
        }

        return (left, right) switch
        {
            (JsonString a, JsonString b) => a.Text == b.Text,
            (JsonNumber a, JsonNumber b) => a.Digits == b.Digits,
            (JsonList a, JsonList b) => SameItems(a.Items, b.Items),
            (JsonMap a, JsonMap b) => SameMembers(a, b),
            _ => false,
        };
    }

    private static bool SameItems(IReadOnlyList<Json> left, IReadOnlyList<Json> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!Same(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameMembers(JsonMap left, JsonMap right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (right[left.Names[i]] is not { } other || !Same(left.Values[i], other))
            {
                return false;
            }
        }

        return true;
    }
}
