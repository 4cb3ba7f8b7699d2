using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using Microsoft.Extensions.Primitives;

namespace MetaCollector.Simulator.Http;

/// <summary>Chooses how to answer from an <c>Accept</c> header, as the real server does: the first that can be served, by quality.</summary>
internal static class Negotiation
{
    /// <summary>The answer's form.</summary>
    /// <param name="accept">The header; nothing means JSON.</param>
    /// <param name="list">Whether a list is to be answered.</param>
    /// <exception cref="ApiException">Nothing of it can be served (406).</exception>
    public static MediaType Choose(StringValues accept, bool list)
    {
        var header = accept.ToString();
        if (header.Length == 0)
        {
            return default;
        }

        foreach (var clause in header.Split(',').Select(Clause.Parse).OrderByDescending(clause => clause.Quality))
        {
            if (clause.Format is { } format && Transform(clause, list) is { } metadataOnly)
            {
                return new MediaType(format, metadataOnly);
            }
        }

        throw ApiException.NotAcceptable("application/json, " + MediaType.ProtobufName);
    }

    /// <summary>Whether the clause asks for metadata alone; null where it asks for something that is not served (tables).</summary>
    private static bool? Transform(Clause clause, bool list)
    {
        if (clause.As is null)
        {
            return false;
        }

        var known = clause is { Group: "meta.k8s.io", Version: "v1" };
        return known && clause.As == (list ? "PartialObjectMetadataList" : "PartialObjectMetadata") ? true : null;
    }

    private sealed record Clause(WireFormat? Format, string? As, string? Group, string? Version, double Quality)
    {
        public static Clause Parse(string text)
        {
            var parts = text.Split(';', StringSplitOptions.TrimEntries);
            WireFormat? format = parts[0] switch
            {
                "application/json" or "application/*" or "*/*" => WireFormat.Json,
                MediaType.ProtobufName => WireFormat.Protobuf,
                _ => null,
            };
            string? Parameter(string name) =>
                parts.Skip(1).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
            var quality = double.TryParse(Parameter("q"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q) ? q : 1;
            return new Clause(format, Parameter("as"), Parameter("g"), Parameter("v"), quality);
        }
    }
}
