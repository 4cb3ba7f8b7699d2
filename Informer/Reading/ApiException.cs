using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using MetaCollector.Informer.Decoding;

namespace MetaCollector.Informer.Reading;

/// <summary>The API server answered with a failure, in a response or within a watch.</summary>
internal sealed class ApiException : Exception
{
    private const int MaxBody = 64 * 1024;
    private const int MaxMessage = 300;

    private ApiException(int code, string reason, string message, TimeSpan? retryAfter, bool isTooLargeResourceVersion)
        : base(message) =>
        (Code, Reason, RetryAfter, IsTooLargeResourceVersion) = (code, reason, retryAfter, isTooLargeResourceVersion);

    /// <summary>The HTTP status code.</summary>
    public int Code { get; }

    /// <summary>Kubernetes' word for it, e.g. <c>Expired</c>; may be empty.</summary>
    public string Reason { get; }

    /// <summary>How long the server wants us to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Whether the server has not come as far as we have: it lags, or was restored from a backup.</summary>
    public bool IsTooLargeResourceVersion { get; }

    /// <summary>Whether what we ask for is older than what the server remembers.</summary>
    public bool IsExpired => Code == (int)HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    /// <summary>Whether the kind cannot be read: not allowed, or not there.</summary>
    public bool IsRefusal => Code is (int)HttpStatusCode.Forbidden or (int)HttpStatusCode.NotFound;

    /// <summary>Whether the server does not take the request as it is.</summary>
    public bool IsBadRequest => Code is (int)HttpStatusCode.BadRequest or (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>Reads the failure from a response.</summary>
    public static async Task<ApiException> FromAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = new byte[MaxBody];
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            length = await stream.ReadAtLeastAsync(body, MaxBody, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The code alone says most of it.
        }

        var header = response.Headers.RetryAfter?.Delta;
        return Parse(new ReadOnlySequence<byte>(body, 0, length), (int)response.StatusCode, header);
    }

    /// <summary>Reads the failure from the object of an ERROR event.</summary>
    public static ApiException From(ReadOnlySequence<byte> status) => Parse(status, (int)HttpStatusCode.InternalServerError, null);

    private static ApiException Parse(ReadOnlySequence<byte> body, int code, TimeSpan? retryAfter)
    {
        try
        {
            if (Envelope.IsOn(body)) return Of(Wire.Status.Parser.ParseFrom(Envelope.TakeOff(body)), code, retryAfter);
            if (!body.IsEmpty && body.FirstSpan[0] == '{') return OfJson(body, code, retryAfter);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or MalformedObjectException or JsonException)
        {
            // Not a Status after all: its text is shown.
        }

        return new ApiException(code, "", OneLine(Encoding.UTF8.GetString(body)), retryAfter, false);
    }

    private static ApiException Of(Wire.Status status, int code, TimeSpan? retryAfter)
    {
        var seconds = status.Details?.RetryAfterSeconds ?? 0;
        return new ApiException(
            status.Code != 0 ? status.Code : code,
            status.Reason,
            OneLine(status.Message),
            retryAfter ?? (seconds > 0 ? TimeSpan.FromSeconds(seconds) : null),
            IsTooLarge(status.Message) || (status.Details?.Causes.Any(cause => cause.Reason == "ResourceVersionTooLarge") ?? false));
    }

    private static ApiException OfJson(ReadOnlySequence<byte> body, int code, TimeSpan? retryAfter)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var message = Text(root, "message");
        if (root.TryGetProperty("code", out var given) && given.TryGetInt32(out var number) && number != 0) code = number;
        return new ApiException(code, Text(root, "reason"), OneLine(message), retryAfter, IsTooLarge(message));
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static bool IsTooLarge(string message) => message.Contains("Too large resource version", StringComparison.OrdinalIgnoreCase);

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > MaxMessage ? line[..MaxMessage] + "…" : line;
    }
}
