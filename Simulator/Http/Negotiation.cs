using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;
using Microsoft.Extensions.Primitives;

namespace MetaCollector.Simulator.Http;

/// <summary>Chooses how to answer from an <c>Accept</c> header, as the real server does: the first that can be served, by quality.</summary>
internal static class Negotiation
{
    /// <summary>The answer's form.</summary>
    /// <param name="accept">The header; nothing means JSON.</param>
    /// <param name="list">Whether a list is to be answered.</param>
    /// <param name="type">The kind that is to be answered; null for a status.</param>
    /// <exception cref="ApiException">Nothing of it can be served (406).</exception>
    public static MediaType Choose(StringValues accept, bool list, ResourceType? type = null)
    {
        var header = accept.ToString();
        if (header.Length == 0)
        {
            return default;
        }

        foreach (var clause in header.Split(',').Select(Clause.Parse).OrderByDescending(clause => clause.Quality))
        {
            if (clause.Format is { } format && IsServed(clause, type))
            {
                var metadataOnly = clause.As is not null;
                if (metadataOnly && list != clause.As!.EndsWith("List", StringComparison.Ordinal))
                {
                    throw ApiException.NotAcceptable(
                        $"you requested {clause.As}, but the requested object is {(list ? "a list" : "not a list")}");
                }

                return new MediaType(format, metadataOnly);
            }
        }

        throw ApiException.NotAcceptable(HasProtobuf(type)
            ? $"406: Not Acceptable\n\nAvailable representations: application/json, {MediaType.ProtobufName}, "
                + $"application/json;stream=watch, {MediaType.ProtobufName};stream=watch"
            : "406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch");
    }

    /// <summary>Whether its form is served: whole objects and metadata are, tables are not.</summary>
    private static bool IsServed(Clause clause, ResourceType? type) =>
        (clause.As is null && (clause.Format == WireFormat.Json || HasProtobuf(type)))
        || clause is { Group: "meta.k8s.io", Version: "v1", As: "PartialObjectMetadata" or "PartialObjectMetadataList" };

    private static bool HasProtobuf(ResourceType? type) => type is null or { Message: not null };

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
