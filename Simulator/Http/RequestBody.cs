using System.Buffers;
using System.Text.Json;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Http;

/// <summary>Reads the objects that clients send, in JSON.</summary>
internal static class RequestBody
{
    private const int MaxLength = 3 * 1024 * 1024;

    /// <summary>Reads the body of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="expected">The content type of JSON here.</param>
    /// <param name="optional">Whether there may be none.</param>
    /// <exception cref="ApiException">It is of another type (415), too large (413) or malformed (400).</exception>
    public static async Task<JsonMap> ReadAsync(HttpContext context, string expected, bool optional = false)
    {
        var contentType = context.Request.ContentType?.Split(';')[0].Trim();
        if (contentType is { Length: > 0 } && contentType != expected)
        {
            throw ApiException.UnsupportedMediaType("the body of the request was in an unknown format - accepted media types include: " + expected);
        }

        using var body = await BytesAsync(context);
        if (optional && body.Length == 0)
        {
            return JsonMap.Empty;
        }

        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        try
        {
            return Json.Parse(bytes.Span) as JsonMap ?? throw ApiException.BadRequest("the body of the request must be an object");
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest($"the object provided is unrecognized: {fault.Message}");
        }
    }

    private static async Task<MemoryStream> BytesAsync(HttpContext context)
    {
        var body = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0;)
            {
                body.Write(chunk, 0, read);
                if (body.Length > MaxLength)
                {
                    throw new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxLength}");
                }
            }

            return body;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
