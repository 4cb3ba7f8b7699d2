using MetaCollector.ApiServer.Proxies;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>The API server's address and this client's user, from a kubeconfig or a service account. Immutable.</summary>
public sealed record ConnectionSettings
{
    /// <summary>The file that this was read from, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>The server's URL, which ends with a slash.</summary>
    public required Uri Server { get; init; }

    /// <summary>The name that the server's certificate must have and that is sent as SNI; null for the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Whether the server's certificate is not verified.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>Whether the client may ask for compressed lists.</summary>
    public bool MayCompress { get; init; }

    /// <summary>The authorities to trust for the server's certificate; null for the system's.</summary>
    internal PemText? Authorities { get; init; }

    /// <summary>The proxy, from the kubeconfig or the environment; null for none.</summary>
    internal Proxy? Proxy { get; init; }

    /// <summary>The user.</summary>
    internal UserSettings User { get; init; } = new();

    /// <summary>The description of the cluster that credential plugins get.</summary>
    internal ClusterDescription? Cluster { get; init; }

    /// <summary>The files' whole text, to find out whether they have changed.</summary>
    internal string Text { get; init; } = "";
}

/// <summary>The user of a kubeconfig: its credentials. Immutable.</summary>
internal sealed record UserSettings
{
    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public PemText? Certificate { get; init; }

    public PemText? Key { get; init; }

    public ExecSettings? Exec { get; init; }

    /// <summary>Headers of impersonation (<c>Impersonate-User</c> and others).</summary>
    public IReadOnlyList<(string Name, string Value)> Impersonation { get; init; } = [];
}

/// <summary>A credential plugin. Immutable.</summary>
/// <param name="ApiVersion">The version of <c>ExecCredential</c> that it speaks.</param>
/// <param name="Command">The program: a path, or a name to look for in PATH.</param>
/// <param name="Arguments">Its arguments, as they are.</param>
/// <param name="Environment">More environment variables.</param>
/// <param name="InstallHint">Added to the message when the program is missing.</param>
/// <param name="ProvidesClusterInfo">Whether it gets the description of the cluster.</param>
/// <param name="Interactive">Whether it may prompt on the terminal: Never, IfAvailable or Always.</param>
internal sealed record ExecSettings(
    string ApiVersion, string Command, IReadOnlyList<string> Arguments, IReadOnlyList<(string Name, string Value)> Environment,
    string? InstallHint, bool ProvidesClusterInfo, string Interactive);

/// <summary>The cluster in the words of <c>ExecCredential</c>'s <c>spec.cluster</c>. Immutable.</summary>
internal sealed record ClusterDescription(
    string Server, string? TlsServerName, bool SkipTlsVerify, string? ProxyUrl, bool DisableCompression, string? Config);

/// <summary>Certificates or a key in PEM: in a file, which may be replaced at any time, or as text. Immutable.</summary>
/// <param name="Name">What to call it in messages, e.g. <c>client-key k.pem</c>.</param>
/// <param name="File">The file; null where <paramref name="Data"/> is given.</param>
/// <param name="Data">The text.</param>
internal sealed record PemText(string Name, string? File, string? Data)
{
    /// <summary>The text as it is now.</summary>
    /// <exception cref="ConnectionException">The file cannot be read.</exception>
    public string Read() => File is null ? Data! : TextFile.Read(Name, File);
}

/// <summary>Reads files that a configuration names.</summary>
internal static class TextFile
{
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
