using MetaCollector.ApiServer.Proxies;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>Where the API server is, and as whom to speak to it, as a kubeconfig or a service account says. Immutable.</summary>
public sealed record ConnectionSettings
{
    /// <summary>Where this was read, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>The server, with a slash at its end.</summary>
    public required Uri Server { get; init; }

    /// <summary>The name that the server's certificate must bear and that is sent as SNI; null for that of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Whether the server's certificate is taken unseen.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Whether large lists may be asked for in compressed form.</summary>
    public bool MayCompress { get; init; }

    /// <summary>The authorities of the server's certificate; null for those of the system.</summary>
    internal PemText? Authorities { get; init; }

    /// <summary>The proxy, from the kubeconfig or the environment; null for none.</summary>
    internal Proxy? Proxy { get; init; }

    /// <summary>As whom to speak.</summary>
    internal UserSettings User { get; init; } = new();

    /// <summary>The cluster as credential plugins are told of it.</summary>
    internal ClusterDescription? Cluster { get; init; }

    /// <summary>Everything that the files said, to tell whether they have changed.</summary>
    internal string Text { get; init; } = "";
}

/// <summary>As whom to speak to the API server. Immutable.</summary>
internal sealed record UserSettings
{
    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public PemText? Certificate { get; init; }

    public PemText? Key { get; init; }

    public ExecSettings? Exec { get; init; }

    /// <summary>Headers that ask to be taken for somebody else.</summary>
    public IReadOnlyList<(string Name, string Value)> Impersonation { get; init; } = [];
}

/// <summary>A program that gives credentials. Immutable.</summary>
/// <param name="ApiVersion">The version of <c>ExecCredential</c> that it speaks.</param>
/// <param name="Command">The program: a path, or a name that is looked for in PATH.</param>
/// <param name="Arguments">Its arguments, as they are.</param>
/// <param name="Environment">More environment variables.</param>
/// <param name="InstallHint">What to tell people where the program is missing.</param>
/// <param name="ProvidesClusterInfo">Whether it is told of the cluster.</param>
/// <param name="Interactive">Whether it may ask people on the terminal: Never, IfAvailable or Always.</param>
internal sealed record ExecSettings(
    string ApiVersion, string Command, IReadOnlyList<string> Arguments, IReadOnlyList<(string Name, string Value)> Environment,
    string? InstallHint, bool ProvidesClusterInfo, string Interactive);

/// <summary>The cluster in the words of <c>ExecCredential</c>'s <c>spec.cluster</c>. Immutable.</summary>
internal sealed record ClusterDescription(
    string Server, string? TlsServerName, bool SkipTlsVerify, string? ProxyUrl, bool DisableCompression, string? Config);

/// <summary>Certificates or a key in PEM: in a file, which may be replaced at any time, or given as they are. Immutable.</summary>
/// <param name="Name">What to call it in messages, e.g. <c>client-key k.pem</c>.</param>
/// <param name="File">The file; null where <paramref name="Data"/> is given.</param>
/// <param name="Data">The text.</param>
internal sealed record PemText(string Name, string? File, string? Data)
{
    /// <summary>The text as it is now.</summary>
    /// <exception cref="ConnectionException">The file cannot be read.</exception>
    public string Read() => File is null ? Data! : TextFile.Read(Name, File);
}

/// <summary>Files that are named by a configuration.</summary>
internal static class TextFile
{
    /// <summary>The text of a file.</summary>
    /// <exception cref="ConnectionException">It cannot be read.</exception>
    public static string Read(string name, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConnectionException($"{name}: no such file", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ConnectionException($"{name}: {exception.Message}", exception);
        }
    }
}
