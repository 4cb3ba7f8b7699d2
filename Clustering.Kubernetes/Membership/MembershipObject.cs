using System.Text.Json.Nodes;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// The ConfigMap with the table: reads it, and replaces it where nobody has changed it since. Thread-safe.
/// </summary>
internal sealed class MembershipObject(ApiConnection api, string @namespace, string name, IEnumerable<KeyValuePair<string, string>> labels)
{
    internal const string TableKey = "membership.json";
    internal const string ChecksumKey = "checksum";

    private readonly NamespacedObject _map = new(api, "api/v1", "configmaps", @namespace, name, labels);

    /// <summary>The ConfigMap as it was read.</summary>
    /// <param name="Origin">The object; null where there is none.</param>
    /// <param name="Condition">The state of the table in it.</param>
    /// <param name="Table">The table; null where it is missing or unreadable.</param>
    internal sealed record Reading(JsonObject? Origin, TableCondition Condition, MembershipDocument? Table);

    /// <exception cref="Exception">The API server did not answer, or refused.</exception>
    public async Task<Reading> ReadAsync(CancellationToken cancellation)
    {
        if (await _map.ReadAsync(cancellation) is not { } origin) return new(null, TableCondition.Missing, null);
        var data = origin["data"] as JsonObject;
        if ((string?)data?[TableKey] is not { } text) return new(origin, TableCondition.Missing, null);
        if (!MembershipJson.TryRead(text, out var table)) return new(origin, TableCondition.Unreadable, null);
        var sound = (string?)data[ChecksumKey] == MembershipJson.Checksum(text);
        return new(origin, sound ? TableCondition.Sound : TableCondition.Edited, table);
    }

    /// <summary>Writes a table in place of <paramref name="reading"/>.</summary>
    /// <returns>The table as written; null where the ConfigMap has changed since the read.</returns>
    /// <exception cref="Exception">The API server did not answer, in which case the write may have happened, or refused.</exception>
    public async Task<MembershipDocument?> TryWriteAsync(Reading reading, MembershipDocument table, CancellationToken cancellation)
    {
        (table, var text) = MembershipJson.Write(table);
        var next = reading.Origin?.DeepClone().AsObject() ?? New();
        if (next["data"] is not JsonObject data) next["data"] = data = new JsonObject();
        (data[TableKey], data[ChecksumKey]) = (text, MembershipJson.Checksum(text));
        var written = reading.Origin is null ? await _map.TryCreateAsync(next, cancellation) : await _map.TryReplaceAsync(next, cancellation);
        return written is null ? null : table;
    }

    private static JsonObject New() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app.kubernetes.io/component"] = "membership" } },
    };
}
