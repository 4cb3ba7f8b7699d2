using System.Net;
using MetaCollector.ApiServer.Credentials;
using MetaCollector.ApiServer.Tls;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>
/// Finds out how to reach the API server: from the given file, else the files of <c>KUBECONFIG</c>, else the service account of
/// the pod that this process runs in, else <c>~/.kube/config</c>. Thread-safe.
/// </summary>
public static class ClusterConfiguration
{
    /// <summary>The namespace of the pod that this process runs in; null outside a pod.</summary>
    public static string? PodNamespace => ConfigurationPlaces.Current().Namespace;

    /// <summary>Reads the configuration and the files that it names. Runs no credential plugin.</summary>
    /// <param name="kubeconfig">A kubeconfig file; null or empty to look in the usual places.</param>
    /// <exception cref="ConnectionException">The configuration is missing or wrong.</exception>
    public static ConnectionSettings Load(string? kubeconfig) => Load(kubeconfig, ConfigurationPlaces.Current());

    /// <summary>The same, with the places to look in.</summary>
    internal static ConnectionSettings Load(string? kubeconfig, ConfigurationPlaces places)
    {
        var settings = Find(kubeconfig, places);
        // A file that cannot be used fails the start, not the first request.
        TlsIdentity.Of(settings, null);
        if (settings.User is { TokenFile: { } file, Token: null }) TokenFileCredentials.Read(settings.Source, file);
        return settings;
    }

    private static ConnectionSettings Find(string? kubeconfig, ConfigurationPlaces places)
    {
        if (!string.IsNullOrEmpty(kubeconfig)) return FromFiles([kubeconfig], $"kubeconfig {kubeconfig}", mayBeMissing: false, places);

        if (!string.IsNullOrWhiteSpace(places.Files))
        {
            var files = places.Files.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return FromFiles(files, $"kubeconfig {places.Files} (from {ConfigurationPlaces.Variable})", mayBeMissing: files.Length > 1, places);
        }

        if (places.IsInCluster) return InCluster(places);
        if (File.Exists(places.Home)) return FromFiles([places.Home], $"kubeconfig {places.Home}", mayBeMissing: false, places);
        throw new ConnectionException(
            $"no Kubernetes configuration found: give --kubeconfig FILE or {ConfigurationPlaces.Variable}, or run in a pod with a service account; "
            + $"{places.Home} does not exist either");
    }

    private static ConnectionSettings FromFiles(string[] files, string source, bool mayBeMissing, ConfigurationPlaces places)
    {
        if (files is [var folder] && Directory.Exists(folder)) throw new ConnectionException($"{source}: this is a folder; name a file");
        // As with kubectl, of several files some may be missing.
        var existing = files.Where(File.Exists).Distinct().ToList();
        return existing.Count == 0 || (existing.Count < files.Distinct().Count() && !mayBeMissing)
            ? throw new ConnectionException($"{source}: no such file")
            : KubeconfigReader.Read(Kubeconfig.Read(existing), source, places.Proxies);
    }

    private static ConnectionSettings InCluster(ConfigurationPlaces places)
    {
        const string source = "the pod's service account";
        var host = places.ServiceHost!.Trim('[', ']');
        if (IPAddress.TryParse(host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) host = $"[{host}]";
        if (!Uri.TryCreate($"https://{host}:{places.ServicePort}/", UriKind.Absolute, out var server))
        {
            throw new ConnectionException(
                $"{source}: KUBERNETES_SERVICE_HOST '{places.ServiceHost}' and KUBERNETES_SERVICE_PORT '{places.ServicePort}' are no address");
        }

        var authority = Path.Combine(places.AccountFolder, "ca.crt");
        return new ConnectionSettings
        {
            Source = source,
            Server = server,
            Authorities = File.Exists(authority) ? new($"{source}: {authority}", authority, null) : null,
            Proxy = places.Proxies.For(server),
            User = new UserSettings { TokenFile = places.TokenFile },
        };
    }
}
