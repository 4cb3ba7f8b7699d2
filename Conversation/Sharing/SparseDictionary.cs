namespace MetaCollector.Conversation.Sharing;

/// <summary>Frees the memory of removed entries: a dictionary keeps the capacity of the most entries that it ever held.</summary>
public static class SparseDictionary
{
    private const int Smallest = 32;
    private const int Sparse = 4;

    /// <summary>Shrinks a dictionary that uses less than a quarter of its capacity to twice its count.</summary>
    public static void TrimIfSparse<TKey, TValue>(this Dictionary<TKey, TValue> dictionary) where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        if (dictionary.Capacity > Smallest && dictionary.Count < dictionary.Capacity / Sparse) dictionary.TrimExcess(dictionary.Count * 2);
    }
}
