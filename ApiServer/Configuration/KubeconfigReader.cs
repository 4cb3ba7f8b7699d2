using System.Text;
using MetaCollector.ApiServer.Proxies;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>
/// Reads the settings of a kubeconfig's current context, by the rules of client-go: refuses what kubectl refuses, with a line that names it.
/// </summary>
internal static class KubeconfigReader
{
    /// <param name="config">The files.</param>
    /// <param name="source">What to call them in messages.</param>
    /// <param name="proxies">The proxies of the environment, for a cluster that names none.</param>
    /// <exception cref="ConnectionException">Something is missing, wrong, or not supported.</exception>
    public static ConnectionSettings Read(Kubeconfig config, string source, ProxyRules proxies)
    {
        if (string.IsNullOrEmpty(config.CurrentContext))
            throw new ConnectionException($"{source}: no current-context is set; run kubectl config use-context NAME");
        if (!config.Contexts.TryGetValue(config.CurrentContext, out var context))
            throw new ConnectionException($"{source}: there is no context '{config.CurrentContext}', which current-context names");
        var clusterName = context.Text("cluster");
        if (clusterName is null || !config.Clusters.TryGetValue(clusterName, out var cluster))
            throw new ConnectionException($"{source}: there is no cluster '{clusterName}', which the context '{config.CurrentContext}' names");
        var userName = context.Text("user");
        KubeconfigEntry? user = null;
        if (userName is not null && !config.Users.TryGetValue(userName, out user))
            throw new ConnectionException($"{source}: there is no user '{userName}', which the context '{config.CurrentContext}' names");

        var authorities = Pem(cluster, "certificate-authority", $"{source}: cluster '{clusterName}'");
        var skip = cluster.Map?.Flag("insecure-skip-tls-verify") ?? false;
        if (skip && authorities is not null)
        {
            throw new ConnectionException(
                $"{source}: cluster '{clusterName}' has both a certificate-authority and insecure-skip-tls-verify: leave one of them out");
        }

        var signsIn = user is null ? new UserSettings() : UserReader.Read(user, $"{source}: user '{userName}'");
        var server = ServerOf(cluster.Text("server"), clusterName, source, isTls: skip || authorities is not null || signsIn.Certificate is not null);
        var proxyUrl = cluster.Text("proxy-url");
        var plain = cluster.Map?.Flag("disable-compression") ?? false;
        var serverName = cluster.Text("tls-server-name");
        return new ConnectionSettings
        {
            Source = source,
            Server = server,
            TlsServerName = serverName,
            SkipTlsVerify = skip,
            MayCompress = !plain,
            Authorities = authorities,
            Proxy = proxyUrl is null
                ? proxies.For(server)
                : Proxy.TryParse(proxyUrl, "proxy-url", needsScheme: true) ?? throw new ConnectionException(
                    $"{source}: cluster '{clusterName}': proxy-url '{proxyUrl}' is no address of a proxy: give http://, https:// or socks5://HOST:PORT"),
            User = signsIn,
            Cluster = new(cluster.Text("server")!, serverName, skip, proxyUrl, plain, ExecConfig(cluster)),
            Text = config.Text,
        };
    }

    /// <summary>Certificates or a key that are given as a file or as data; null where neither is.</summary>
    internal static PemText? Pem(KubeconfigEntry entry, string key, string source)
    {
        var (file, data) = (entry.Path(key), entry.Text(key + "-data"));
        if (file is not null && data is not null)
            throw new ConnectionException($"{source} has both {key} and {key}-data: leave one of them out");
        if (file is not null) return new($"{source}: {key} {file}", file, null);
        if (data is null) return null;
        try
        {
            return new($"{source}: {key}-data", null, Encoding.UTF8.GetString(Convert.FromBase64String(data)));
        }
        catch (FormatException exception)
        {
            throw new ConnectionException($"{source}: {key}-data is no base64", exception);
        }
    }

    /// <summary>The URL of a server; without a scheme, https where the cluster or the user has certificates, else http.</summary>
    internal static Uri ServerOf(string? server, string? cluster, string source, bool isTls)
    {
        if (server is null) throw new ConnectionException($"{source}: cluster '{cluster}' has no server");
        var text = server.Contains("://", StringComparison.Ordinal) ? server : $"{(isTls ? "https" : "http")}://{server}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            throw new ConnectionException($"{source}: cluster '{cluster}': server '{server}' is no address: give https://HOST:PORT");
        // Requests are resolved against it, which drops what stands behind its last slash.
        var builder = new UriBuilder(url) { Query = "", Fragment = "" };
        if (!builder.Path.EndsWith('/')) builder.Path += "/";
        return builder.Uri;
    }

    // The configuration of a credential plugin: by convention an extension of the cluster.
    private static string? ExecConfig(KubeconfigEntry cluster) => cluster.Map?.Maps("extensions")
        .FirstOrDefault(extension => extension.Text("name") == "client.authentication.k8s.io/exec")?.Json("extension");
}
