using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The table as compact JSON, with a checksum that shows whether a silo wrote it.</summary>
internal static class MembershipJson
{
    /// <summary>
    /// The size of the largest table, in bytes. Kubernetes refuses a ConfigMap of more than 1 MiB; a row takes 300 to 400 bytes.
    /// </summary>
    public const int MaxBytes = 900_000;

    /// <summary>The text of a document, without the oldest dead silos where it would be too large.</summary>
    /// <exception cref="InvalidOperationException">The document is too large, and no silo is dead.</exception>
    public static (MembershipDocument Document, string Text) Write(MembershipDocument document, int maxBytes = MaxBytes)
    {
        while (true)
        {
            var text = JsonSerializer.Serialize(document, MembershipJsonContext.Default.MembershipDocument);
            if (Encoding.UTF8.GetByteCount(text) <= maxBytes) return (document, text);
            document = document.WithoutOldestDead() ?? throw new InvalidOperationException(
                $"The membership table has {document.Rows.Length} silos, none of them dead: more than {maxBytes} bytes, which one ConfigMap cannot hold.");
        }
    }

    public static bool TryRead(string text, [NotNullWhen(true)] out MembershipDocument? document)
    {
        try
        {
            document = JsonSerializer.Deserialize(text, MembershipJsonContext.Default.MembershipDocument);
            return document is { ClusterId: not null, Epoch: not null, Version: >= 0, Rows.IsDefault: false } && document.Rows.All(IsSound);
        }
        catch (JsonException)
        {
            document = null;
            return false;
        }
    }

    public static string Checksum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private static bool IsSound(MembershipRow? row)
    {
        if (row is null || !Enum.IsDefined(row.Status)) return false;
        try
        {
            return SiloAddress.FromParsableString(row.Address) is not null
                && (row.Suspicions ?? []).All(s => s is not null && SiloAddress.FromParsableString(s.By) is not null);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return false;
        }
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(MembershipDocument))]
internal sealed partial class MembershipJsonContext : JsonSerializerContext;
