using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MetaCollector.Clustering.Kubernetes.Api;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// The ConfigMap that the table is kept in: reads it, and replaces it where nobody else has meanwhile. Thread-safe.
/// </summary>
internal sealed class MembershipObject(ApiConnection api, string @namespace, string name)
{
    internal const string TableKey = "membership.json";
    internal const string ChecksumKey = "checksum";

    /// <summary>What was read.</summary>
    /// <param name="Origin">The object; null where there is none.</param>
    /// <param name="Condition">The state of the table in it.</param>
    /// <param name="Table">The table; null where it is missing or unreadable.</param>
    internal sealed record Reading(V1ConfigMap? Origin, TableCondition Condition, MembershipDocument? Table);

    /// <exception cref="Exception">The API server did not answer, or refused.</exception>
    public async Task<Reading> ReadAsync(CancellationToken cancellation)
    {
        V1ConfigMap origin;
        try
        {
            // No resourceVersion: the newest state, not that of a cache which may lag.
            origin = await api.CallAsync((client, token) => client.CoreV1.ReadNamespacedConfigMapAsync(name, @namespace, cancellationToken: token), cancellation);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return new(null, TableCondition.Missing, null);
        }

        if (origin.Data is null || !origin.Data.TryGetValue(TableKey, out var text)) return new(origin, TableCondition.Missing, null);
        if (!MembershipJson.TryRead(text, out var table)) return new(origin, TableCondition.Unreadable, null);
        var sound = origin.Data.TryGetValue(ChecksumKey, out var checksum) && checksum == MembershipJson.Checksum(text);
        return new(origin, sound ? TableCondition.Sound : TableCondition.Edited, table);
    }

    /// <summary>Writes a table in place of <paramref name="reading"/>.</summary>
    /// <returns>The table as written; null where somebody else has written meanwhile.</returns>
    /// <exception cref="Exception">The API server did not answer, in which case the write may have happened, or refused.</exception>
    public async Task<MembershipDocument?> TryWriteAsync(Reading reading, MembershipDocument table, CancellationToken cancellation)
    {
        (table, var text) = MembershipJson.Write(table);
        var origin = reading.Origin;
        var next = new V1ConfigMap
        {
            ApiVersion = "v1",
            Kind = "ConfigMap",
            Metadata = origin?.Metadata ?? new V1ObjectMeta
            {
                Name = name,
                NamespaceProperty = @namespace,
                Labels = new Dictionary<string, string> { ["app.kubernetes.io/component"] = "membership" },
            },
            BinaryData = origin?.BinaryData,
            Data = new Dictionary<string, string>(origin?.Data ?? new Dictionary<string, string>())
            {
                [TableKey] = text,
                [ChecksumKey] = MembershipJson.Checksum(text),
            },
        };
        try
        {
            await api.CallAsync(
                (client, token) => origin is null
                    ? client.CoreV1.CreateNamespacedConfigMapAsync(next, @namespace, cancellationToken: token)
                    : client.CoreV1.ReplaceNamespacedConfigMapAsync(next, name, @namespace, cancellationToken: token),
                cancellation);
            return table;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict
            || (e.Response.StatusCode == HttpStatusCode.NotFound && origin is not null))
        {
            return null;
        }
    }
}
