using System.Text;

namespace MetaCollector.ApiServer.Proxies;

/// <summary>A proxy, and the setting that names it. Immutable.</summary>
/// <param name="Url">Its address: http, https or socks5.</param>
/// <param name="Origin">The setting, e.g. <c>HTTPS_PROXY</c> or <c>proxy-url</c>.</param>
internal sealed record Proxy(Uri Url, string Origin)
{
    /// <summary>Whether it speaks SOCKS version 5.</summary>
    public bool IsSocks => Url.Scheme.StartsWith("socks5", StringComparison.Ordinal);

    /// <summary>Its host, without brackets.</summary>
    public string Host => Url.IdnHost.Trim('[', ']');

    /// <summary>Its port; where none is given, that of its scheme.</summary>
    public int Port => Url.Port > 0 ? Url.Port : 1080;

    /// <summary>User and password; null where it asks for none.</summary>
    public (string User, string Password)? Account
    {
        get
        {
            if (Url.UserInfo.Length == 0) return null;
            var parts = Url.UserInfo.Split(':', 2);
            return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }

    /// <summary>The <c>Proxy-Authorization</c> header; null where the proxy asks for none.</summary>
    public string? Authorization => Account is var (user, password)
        ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))
        : null;

    /// <param name="text">The address.</param>
    /// <param name="origin">The setting that names it.</param>
    /// <param name="needsScheme">Whether <c>host:port</c> is not enough.</param>
    /// <returns>The proxy; null where the text is no address of one.</returns>
    public static Proxy? TryParse(string text, string origin, bool needsScheme = false)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            if (needsScheme) return null;
            text = "http://" + text;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 && url.Scheme is "http" or "https" or "socks5" or "socks5h"
            ? new Proxy(url, origin)
            : null;
    }

    /// <summary>The proxy for people, without its password.</summary>
    public override string ToString() => $"proxy {Url.Scheme}://{Url.Host}:{Port} (from {Origin})";
}
