using k8s;
using k8s.KubeConfigModels;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace MetaCollector.Informer.Connecting;

/// <summary>
/// Finds out how to reach the API server: the file that was named, else the files of <c>KUBECONFIG</c>, else the service account of
/// the pod that we run in, else <c>~/.kube/config</c>. Thread-safe.
/// </summary>
public static class ClusterConfiguration
{
    private const string Variable = "KUBECONFIG";

    // The client's own reader describes every object of the Kubernetes API to itself first: 18 MB, and a part of the start.
    private static readonly IDeserializer Yaml =
        new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();

    /// <summary>Reads the configuration anew. May run a credential plugin, and so take seconds.</summary>
    /// <param name="kubeconfig">A kubeconfig file; null or empty to look in the usual places.</param>
    /// <exception cref="ConnectionException">There is none, or it is wrong.</exception>
    public static KubernetesClientConfiguration Load(string? kubeconfig) => Load(
        kubeconfig, Environment.GetEnvironmentVariable(Variable), KubernetesClientConfiguration.KubeConfigDefaultLocation);

    /// <summary>The same, with what would be found in the environment.</summary>
    internal static KubernetesClientConfiguration Load(string? kubeconfig, string? variable, string home)
    {
        if (!string.IsNullOrEmpty(kubeconfig)) return FromFiles([kubeconfig], $"kubeconfig {kubeconfig}", mayBeMissing: false);

        if (!string.IsNullOrWhiteSpace(variable))
        {
            var files = variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return FromFiles(files, $"kubeconfig {variable} (from {Variable})", mayBeMissing: files.Length > 1);
        }

        if (KubernetesClientConfiguration.IsInCluster())
            return Guarded("the pod's service account", KubernetesClientConfiguration.InClusterConfig);

        if (File.Exists(home)) return FromFiles([home], $"kubeconfig {home}", mayBeMissing: false);
        throw new ConnectionException(
            $"no Kubernetes configuration found: give --kubeconfig FILE or {Variable}, or run in a pod with a service account; "
            + $"{home} does not exist either");
    }

    private static KubernetesClientConfiguration FromFiles(string[] files, string source, bool mayBeMissing)
    {
        // As with kubectl, of several files some may be missing, and the first that names something wins.
        var existing = files.Where(File.Exists).ToList();
        if (existing.Count == 0 || (existing.Count < files.Length && !mayBeMissing))
            throw new ConnectionException($"{source}: no such file");
        return Guarded(source, () =>
        {
            var merged = existing.Select(Read).Aggregate(Merge);
            if (string.IsNullOrEmpty(merged.CurrentContext))
                throw new ConnectionException($"{source}: no current-context is set; run kubectl config use-context NAME");
            AllowAnonymous(merged);
            return KubernetesClientConfiguration.BuildConfigFromConfigObject(merged);
        });
    }

    // A user without any credentials is anonymous, as with kubectl; the library would refuse it.
    private static void AllowAnonymous(K8SConfiguration configuration)
    {
        var anonymous = configuration.Users.Where(user => IsAnonymous(user.UserCredentials)).Select(user => user.Name).ToHashSet();
        foreach (var context in configuration.Contexts.Select(context => context.ContextDetails).OfType<ContextDetails>())
            if (context.User is { } user && anonymous.Contains(user)) context.User = null!;
    }

    private static bool IsAnonymous(UserCredentials? credentials) => credentials is null || (credentials.AuthProvider is null
        && credentials.ExternalExecution is null
        && string.IsNullOrEmpty(credentials.Token) && string.IsNullOrEmpty(credentials.UserName)
        && string.IsNullOrEmpty(credentials.ClientCertificate) && string.IsNullOrEmpty(credentials.ClientCertificateData)
        && string.IsNullOrEmpty(credentials.ClientKey) && string.IsNullOrEmpty(credentials.ClientKeyData));

    private static KubernetesClientConfiguration Guarded(string source, Func<KubernetesClientConfiguration> load)
    {
        try
        {
            return load();
        }
        catch (Exception exception) when (exception is not ConnectionException)
        {
            throw new ConnectionException($"{source}: {ReasonOf(exception)}", exception);
        }
    }

    private static K8SConfiguration Read(string file)
    {
        var text = File.ReadAllText(file);
        if (string.IsNullOrWhiteSpace(text)) throw new ConnectionException($"kubeconfig {file}: the file is empty");
        var read = Yaml.Deserialize<K8SConfiguration>(text);
        // A list that is written and left empty is null.
        read.Clusters = [.. read.Clusters?.OfType<Cluster>() ?? []];
        read.Users = [.. read.Users?.OfType<User>() ?? []];
        read.Contexts = [.. read.Contexts?.OfType<Context>() ?? []];
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        // Paths are relative to the file that they stand in, which is forgotten once files are merged.
        foreach (var endpoint in read.Clusters.Select(cluster => cluster.ClusterEndpoint).OfType<ClusterEndpoint>())
            endpoint.CertificateAuthority = Rooted(folder, endpoint.CertificateAuthority)!;
        foreach (var credentials in read.Users.Select(user => user.UserCredentials).OfType<UserCredentials>())
        {
            credentials.ClientCertificate = Rooted(folder, credentials.ClientCertificate)!;
            credentials.ClientKey = Rooted(folder, credentials.ClientKey)!;
        }

        return read;
    }

    private static K8SConfiguration Merge(K8SConfiguration first, K8SConfiguration second)
    {
        if (string.IsNullOrEmpty(first.CurrentContext)) first.CurrentContext = second.CurrentContext;
        first.Clusters = [.. first.Clusters.Concat(second.Clusters).DistinctBy(cluster => cluster.Name)];
        first.Users = [.. first.Users.Concat(second.Users).DistinctBy(user => user.Name)];
        first.Contexts = [.. first.Contexts.Concat(second.Contexts).DistinctBy(context => context.Name)];
        return first;
    }

    private static string? Rooted(string folder, string? path) => string.IsNullOrEmpty(path) ? path : Path.Combine(folder, path);

    // What the libraries say of their own state is of no use to whoever wrote the file.
    private static string ReasonOf(Exception exception) => exception switch
    {
        SyntaxErrorException or SemanticErrorException => $"{PlaceOf((YamlException)exception)}: no valid YAML: {OneLine(exception)}",
        YamlException yaml => $"{PlaceOf(yaml)}: not what a kubeconfig holds there",
        InvalidOperationException or NullReferenceException or ArgumentNullException or InvalidCastException =>
            "no kubeconfig, or not a whole one; kubectl config view --kubeconfig FILE shows what kubectl makes of it",
        _ => OneLine(exception),
    };

    private static string PlaceOf(YamlException exception) => $"line {exception.Start.Line}, column {exception.Start.Column}";

    private static string OneLine(Exception exception) =>
        string.Join(' ', exception.GetBaseException().Message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)).Trim();
}
