using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Api;

/// <summary>A refusal, with the metav1.Status that the real server would answer.</summary>
public sealed class ApiException : Exception
{
    internal ApiException(int code, string reason, string message, JsonMap? details = null, int? retryAfter = null, string? continueToken = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        RetryAfterSeconds = retryAfter;
        var metadata = continueToken is null ? JsonMap.Empty : JsonMap.Empty.With("continue", continueToken);
        var status = new JsonMap(
            ("kind", "Status"), ("apiVersion", "v1"), ("metadata", metadata), ("status", "Failure"), ("message", message), ("reason", reason));
        Status = (details is null ? status : status.With("details", details)).With("code", code);
    }

    /// <summary>The HTTP status code.</summary>
    public int Code { get; }

    /// <summary>The machine-readable reason, e.g. <c>Conflict</c>.</summary>
    public string Reason { get; }

    /// <summary>The answer's <c>Retry-After</c>, if it has one.</summary>
    public int? RetryAfterSeconds { get; }

    internal JsonMap Status { get; }

    internal static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    internal static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    internal static ApiException Forbidden(ResourceType type, string name, string why) => new(
        403, "Forbidden", name.Length == 0 ? $"{type.QualifiedName} is forbidden: {why}" : $"{type.QualifiedName} \"{name}\" is forbidden: {why}", About(type, name));

    internal static ApiException NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.QualifiedName} \"{name}\" not found", About(type, name));

    internal static ApiException NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", JsonMap.Empty);

    internal static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", JsonMap.Empty);

    internal static ApiException NotAcceptable(string message) => new(406, "NotAcceptable", message, JsonMap.Empty);

    internal static ApiException AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.QualifiedName} \"{name}\" already exists", About(type, name));

    internal static ApiException Conflict(ResourceType type, string name, string why) => new(
        409, "Conflict", $"Operation cannot be fulfilled on {type.QualifiedName} \"{name}\": {why}", About(type, name));

    internal static ApiException Modified(ResourceType type, string name) => Conflict(
        type, name, "the object has been modified; please apply your changes to the latest version and try again");

    internal static ApiException Expired(string message, string? continueToken = null) =>
        new(410, "Expired", message, continueToken: continueToken);

    internal static ApiException UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    internal static ApiException Invalid(string group, string kind, string name, params IReadOnlyList<FieldFault> faults)
    {
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        var summary = faults.Count == 1 ? faults[0].Sentence : $"[{string.Join(", ", faults.Select(fault => fault.Sentence))}]";
        var causes = new JsonList([.. faults.Select(fault => (Json)new JsonMap(
            ("reason", fault.Reason), ("message", fault.Body), ("field", fault.Field)))]);
        var details = new JsonMap(("name", name), ("group", group), ("kind", kind), ("causes", causes));
        return new ApiException(422, "Invalid", $"{qualified} \"{name}\" is invalid: {summary}", name.Length == 0 ? details.Without("name") : details);
    }

    /// <summary>A change was made under the condition of a uid that the object does not have.</summary>
    internal static ApiException WrongUid(ResourceType type, string ns, string name, string wanted, string actual)
    {
        var key = $"/registry/{type.Plural}/{(type.Namespaced ? ns + "/" : "")}{name}";
        return Conflict(
            type, name, $"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, "
            + $"AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {actual}");
    }

    internal static ApiException NamespaceTerminating(ResourceType type, string ns, string name) => new(
        403, "Forbidden", $"{type.QualifiedName} \"{name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated",
        About(type, name).With("causes", new JsonList(new JsonMap(
            ("reason", "NamespaceTerminating"), ("message", $"namespace {ns} is being terminated"), ("field", "metadata.namespace")))));

    internal static ApiException TooManyRequests(int retryAfter) => new(
        429, "TooManyRequests", "the server has received too many requests and has asked us to try again later",
        new JsonMap(("retryAfterSeconds", retryAfter)), retryAfter);

    internal static ApiException Internal(string why) => new(
        500, "InternalError", $"Internal error occurred: {why}",
        new JsonMap(("causes", new JsonList([new JsonMap(("message", why))]))));

    internal static ApiException NoWatchProgress() => new(
        500, "", "a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled");

    internal static ApiException Unavailable(int? retryAfter) => new(
        503, "ServiceUnavailable", "the server is currently unable to handle the request", retryAfter: retryAfter);

    internal static ApiException TooLargeResourceVersion(long wanted, long current) => new(
        504, "Timeout", string.Create(CultureInfo.InvariantCulture, $"Timeout: Too large resource version: {wanted}, current: {current}"),
        new JsonMap(
            ("causes", new JsonList([new JsonMap(("reason", "ResourceVersionTooLarge"), ("message", "Too large resource version"))])),
            ("retryAfterSeconds", 1)),
        retryAfter: 1);

    private static JsonMap About(ResourceType type, string name)
    {
        var details = JsonMap.Empty;
        details = name.Length == 0 ? details : details.With("name", name);
        details = type.Group.Length == 0 ? details : details.With("group", type.Group);
        return details.With("kind", type.Plural);
    }
}

/// <summary>What is wrong with one field.</summary>
/// <param name="Reason">Kind of fault, e.g. <c>FieldValueInvalid</c>.</param>
/// <param name="Field">Path of the field.</param>
/// <param name="Body">The sentence after the path.</param>
internal sealed record FieldFault(string Reason, string Field, string Body)
{
    public string Sentence => $"{Field}: {Body}";

    public static FieldFault Required(string field, string detail) =>
        new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldFault Invalid(string field, string value, string detail) =>
        new("FieldValueInvalid", field, $"Invalid value: \"{value}\": {detail}");

    public static FieldFault Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    public static FieldFault NotSupported(string field, string value, params string[] supported) => new(
        "FieldValueNotSupported", field, $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(one => $"\"{one}\""))}");
}
