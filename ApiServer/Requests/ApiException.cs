using System.Net;
using System.Text;
using System.Text.Json;

namespace MetaCollector.ApiServer.Requests;

/// <summary>The API server answered with a failure, in a response or within a watch. The message is one line.</summary>
public sealed class ApiException : Exception
{
    private const int MaxBody = 64 * 1024;

    /// <summary>A failure as the server reports it.</summary>
    /// <param name="code">The HTTP status code.</param>
    /// <param name="reason">The <c>reason</c> of the Status; may be empty.</param>
    /// <param name="message">The <c>message</c> of the Status; is made one line.</param>
    /// <param name="retryAfter">How long the server wants us to wait; null where it does not say.</param>
    /// <param name="isTooLargeResourceVersion">Whether the server is behind the resourceVersion that the client asks for.</param>
    public ApiException(int code, string reason, string message, TimeSpan? retryAfter = null, bool isTooLargeResourceVersion = false)
        : base(OneLine.Of(message)) =>
        (Code, Reason, RetryAfter, IsTooLargeResourceVersion) =
        (code, reason, retryAfter, isTooLargeResourceVersion || message.Contains("Too large resource version", StringComparison.OrdinalIgnoreCase));

    /// <summary>The HTTP status code.</summary>
    public int Code { get; }

    /// <summary>The <c>reason</c> of the Status, e.g. <c>Expired</c>; may be empty.</summary>
    public string Reason { get; }

    /// <summary>How long the server wants us to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the server is behind the resourceVersion that the client asks for: it lags, or was restored from a backup.</summary>
    public bool IsTooLargeResourceVersion { get; }

    /// <summary>Whether the server no longer has the resourceVersion that the client asks for.</summary>
    public bool IsExpired => Code == (int)HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    /// <summary>Whether the kind cannot be read: RBAC forbids it, or the server does not serve it.</summary>
    public bool IsRefusal => Code is (int)HttpStatusCode.Forbidden or (int)HttpStatusCode.NotFound;

    /// <summary>Whether the server does not take the request as it is.</summary>
    public bool IsBadRequest => Code is (int)HttpStatusCode.BadRequest or (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>Reads the failure from a response, in JSON or plain text.</summary>
    public static async Task<ApiException> FromAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await BodyOfAsync(response, cancellation);
        return Of(body, (int)response.StatusCode, response.Headers.RetryAfter?.Delta);
    }

    /// <summary>The body of a failure; empty where it cannot be read.</summary>
    public static async Task<ReadOnlyMemory<byte>> BodyOfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = new byte[MaxBody];
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            return body.AsMemory(0, await stream.ReadAtLeastAsync(body, MaxBody, throwOnEndOfStream: false, cancellation));
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status code is enough.
            return default;
        }
    }

    /// <summary>Reads the failure from a body in JSON or plain text.</summary>
    /// <param name="body">The body.</param>
    /// <param name="code">The code where the body names none.</param>
    /// <param name="retryAfter">How long to wait, where the headers say.</param>
    public static ApiException Of(ReadOnlyMemory<byte> body, int code, TimeSpan? retryAfter)
    {
        try
        {
            if (!body.IsEmpty && body.Span[0] == '{') return OfJson(body, code, retryAfter);
        }
        catch (JsonException)
        {
            // Not a Status: the message is the body's text.
        }

        return new ApiException(code, "", Encoding.UTF8.GetString(body.Span), retryAfter);
    }

    /// <summary>Why a request failed, in one line: the server's own words where it refused, e.g. <c>403 leases "a" is forbidden: …</c>.</summary>
    public static string Describe(Exception failure) => failure switch
    {
        ApiException refusal => $"{refusal.Code} {(refusal.Message.Length > 0 ? refusal.Message : refusal.Reason)}",
        UnreachableException or TimeoutException => failure.Message,
        _ => OneLine.Of(failure.GetBaseException().Message),
    };

    private static ApiException OfJson(ReadOnlyMemory<byte> body, int code, TimeSpan? retryAfter)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.TryGetProperty("code", out var given) && given.TryGetInt32(out var number) && number != 0) code = number;
        return new ApiException(code, Text(root, "reason"), Text(root, "message"), retryAfter);
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
