using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Http;

/// <summary>Where a list goes on: after which key, and at which revision (-1: whatever is current).</summary>
internal sealed record ContinueToken(long Revision, string Start)
{
    public const long Inconsistent = -1;

    public override string ToString() =>
        Base64Url.EncodeToString(new JsonMap(("v", "meta.k8s.io/v1"), ("rv", Revision), ("start", Start)).ToUtf8());

    /// <exception cref="ApiException">It is not one of ours (400).</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            var token = Json.Parse(Base64Url.DecodeFromChars(text));
            if (token["v"]?.Text == "meta.k8s.io/v1"
                && token["rv"] is JsonNumber number
                && long.TryParse(number.Digits, CultureInfo.InvariantCulture, out var revision) && revision != 0
                && token["start"]?.Text is { Length: > 0 } start)
            {
                return new ContinueToken(revision, start);
            }
        }
        catch (Exception fault) when (fault is FormatException or JsonException)
        {
            // Said below.
        }

        throw ApiException.BadRequest("invalid continue token: continue key is not valid");
    }
}
