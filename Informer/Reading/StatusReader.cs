using System.Buffers;
using Google.Protobuf;
using MetaCollector.Informer.Decoding;

namespace MetaCollector.Informer.Reading;

/// <summary>Reads the API server's description of a failure, in protobuf or any other format.</summary>
internal static class StatusReader
{
    private const int ServerError = 500;

    public static async Task<ApiException> FromAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        Parse(await ApiException.BodyOfAsync(response, cancellation), (int)response.StatusCode, response.Headers.RetryAfter?.Delta);

    /// <summary>Reads the failure from the object of an ERROR event.</summary>
    public static ApiException From(ReadOnlySequence<byte> status) => Parse(status.ToArray(), ServerError, null);

    private static ApiException Parse(ReadOnlyMemory<byte> body, int code, TimeSpan? retryAfter)
    {
        try
        {
            var sequence = new ReadOnlySequence<byte>(body);
            if (Envelope.IsOn(sequence)) return Of(Wire.Status.Parser.ParseFrom(Envelope.TakeOff(sequence)), code, retryAfter);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or MalformedObjectException)
        {
            // Not a Status: use the text of the body.
        }

        return ApiException.Of(body, code, retryAfter);
    }

    private static ApiException Of(Wire.Status status, int code, TimeSpan? retryAfter)
    {
        var seconds = status.Details?.RetryAfterSeconds ?? 0;
        return new ApiException(
            status.Code != 0 ? status.Code : code,
            status.Reason,
            status.Message,
            retryAfter ?? (seconds > 0 ? TimeSpan.FromSeconds(seconds) : null),
            status.Details?.Causes.Any(cause => cause.Reason == "ResourceVersionTooLarge") ?? false);
    }
}
