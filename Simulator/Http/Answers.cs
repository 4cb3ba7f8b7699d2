using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator.Http;

/// <summary>Writes short answers: objects, statuses and documents of the server itself.</summary>
internal static class Answers
{
    public static Task Object(HttpContext context, RequestRecord request, int code, MediaType media, StoredObject one) =>
        Bytes(context, request, code, media.ContentType, one.Encoded(media));

    public static Task Document(HttpContext context, RequestRecord request, int code, MediaType media, JsonMap status) => media.Format == WireFormat.Json
        ? Bytes(context, request, code, media.ContentType, status.ToUtf8())
        : Bytes(context, request, code, media.ContentType, Envelope.OfStatus(status));

    public static Task Error(HttpContext context, RequestRecord request, ApiException error)
    {
        MediaType media;
        try
        {
            media = Negotiation.Choose(context.Request.Headers.Accept, list: false);
        }
        catch (ApiException)
        {
            media = default;
        }

        if (error.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return Document(context, request, error.Code, new MediaType(media.Format, false), error.Status);
    }

    public static Task Text(HttpContext context, RequestRecord request, string text, int code = 200) =>
        Bytes(context, request, code, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(text));

    public static async Task Bytes(HttpContext context, RequestRecord request, int code, string contentType, byte[] body)
    {
        Begin(context, request, code, contentType);
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
        request.Add(body.Length);
    }

    public static void Begin(HttpContext context, RequestRecord request, int code, string contentType)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-cache, private";
        request.Code = code;
        request.ContentType = contentType;
    }
}
