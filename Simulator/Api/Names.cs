using System.Text.RegularExpressions;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Api;

/// <summary>What may be the name of something.</summary>
internal static partial class Names
{
    public const string SubdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

    public const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

    public const string PathSegmentRule = "may not be '.' or '..' and may not contain '/' or '%'";

    public static bool IsSubdomain(string name) => name.Length <= 253 && Subdomain().IsMatch(name);

    public static bool IsLabelValue(string value) => value.Length <= 63 && (value.Length == 0 || LabelValue().IsMatch(value));

    /// <summary>Null if the name may be given to that kind, else the rule that it breaks.</summary>
    public static string? Fault(ResourceType type, string name) =>
        type == ResourceTypes.Namespaces || type == ResourceTypes.Services
            ? name.Length <= 63 && Label().IsMatch(name) ? null : LabelRule
            : type.Group == "rbac.authorization.k8s.io"
            ? name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '%') < 0 ? null : PathSegmentRule
            : IsSubdomain(name) ? null : SubdomainRule;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex LabelValue();
}
