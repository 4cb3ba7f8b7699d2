using System.Collections.Concurrent;

namespace MetaCollector.Simulator.Access;

/// <summary>Who may do what. Without any token everyone may do everything that is not forbidden here. Safe from any thread.</summary>
public sealed class AccessControl
{
    private readonly ConcurrentDictionary<string, (string User, DateTimeOffset? Expires)> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string User, string Verb, string Resource), bool> _forbidden = new();
    private readonly TimeProvider _clock;

    internal AccessControl(TimeProvider clock) => _clock = clock;

    /// <summary>Whether requests need a token.</summary>
    public bool NeedsToken { get; private set; }

    /// <summary>Accepts a token from now on, until it expires or is removed; requests without one are refused from then on.</summary>
    public void AddToken(string token, string user, DateTimeOffset? expires = null)
    {
        _tokens[token] = (user, expires);
        NeedsToken = true;
    }

    /// <summary>No longer accepts that token. Watches that are open stay open, as with the real server.</summary>
    public void RemoveToken(string token) => _tokens.TryRemove(token, out _);

    /// <summary>Refuses a verb on a resource with 403 from now on; <c>*</c> stands for any.</summary>
    /// <param name="verb">get, list, watch, create, update, patch, delete.</param>
    /// <param name="resource">Plural name, with subresource if one is meant.</param>
    /// <param name="user">Only for this user.</param>
    public void Forbid(string verb, string resource, string user = "*") => _forbidden[(user, verb, resource)] = true;

    /// <summary>Takes back what <see cref="Forbid"/> was told with the same words.</summary>
    public void Allow(string verb, string resource, string user = "*") => _forbidden.TryRemove((user, verb, resource), out _);

    /// <summary>The user of a request; null where it must be refused.</summary>
    internal string? Authenticate(string? authorization)
    {
        const string Scheme = "Bearer ";
        if (!NeedsToken)
        {
            return "simulator-admin";
        }

        return authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
            && _tokens.TryGetValue(authorization[Scheme.Length..].Trim(), out var known)
            && (known.Expires is not { } end || end > _clock.GetUtcNow())
            ? known.User
            : null;
    }

    internal bool IsForbidden(string user, string verb, string resource)
    {
        if (_forbidden.IsEmpty)
        {
            return false;
        }

        return _forbidden.Keys.Any(rule =>
            (rule.User == "*" || rule.User == user) && (rule.Verb == "*" || rule.Verb == verb) && (rule.Resource == "*" || rule.Resource == resource));
    }
}
