using System.Collections.Immutable;

namespace MetaCollector.Simulator.Storage;

/// <summary>States of a resource at earlier revisions, for lists that are read page by page.</summary>
internal static class PastStates
{
    /// <summary>The objects at a revision, by key; null where it has been compacted.</summary>
    public static StoredObject[]? At(ObjectStore store, ResourceTable table, long revision)
    {
        if (revision < store.CompactedRevision)
        {
            return null;
        }

        if (table.Kept(revision) is { } kept)
        {
            return kept;
        }

        var rebuilt = store.Write(() => revision < table.Log.ForgottenRevision ? null : Rewind(table, revision));
        if (rebuilt is null)
        {
            return null;
        }

        StoredObject[] objects = [.. rebuilt.Values];
        table.Keep(revision, objects);
        return objects;
    }

    private static ImmutableSortedDictionary<string, StoredObject> Rewind(ResourceTable table, long revision)
    {
        var objects = table.Objects.ToBuilder();
        for (var sequence = table.Log.Next - 1; sequence >= table.Log.Oldest; sequence--)
        {
            var change = table.Log.Read(sequence)!;
            if (change.Revision <= revision)
            {
                break;
            }

            if (change.Previous is { } previous)
            {
                objects[previous.Key] = previous;
            }
            else
            {
                objects.Remove(change.Object.Key);
            }
        }

        return objects.ToImmutable();
    }
}
