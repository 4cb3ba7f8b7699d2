using System.Globalization;
using System.Text;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>Reads a user of a kubeconfig.</summary>
internal static class UserReader
{
    private static readonly string[] ExecVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

    /// <param name="user">The entry.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="ConnectionException">The entry is contradictory, incomplete or not supported.</exception>
    public static UserSettings Read(KubeconfigEntry user, string source)
    {
        if (user.Map?.Map("auth-provider") is { } provider)
        {
            throw new ConnectionException(
                $"{source} signs in by auth-provider '{provider.Text("name")}', which is not supported: use its exec credential plugin, or a token");
        }

        var settings = new UserSettings
        {
            Token = user.Text("token"),
            TokenFile = user.Path("tokenFile"),
            Username = user.Text("username"),
            Password = user.Text("password"),
            Certificate = KubeconfigReader.Pem(user, "client-certificate", source),
            Key = KubeconfigReader.Pem(user, "client-key", source),
            Exec = user.Map?.Map("exec") is { } exec ? Exec(exec, user.Folder, source) : null,
            Impersonation = Impersonation(user, source),
        };
        if ((settings.Token ?? settings.TokenFile) is not null && (settings.Username ?? settings.Password) is not null)
            throw new ConnectionException($"{source} has both a token and a username or password: leave one of them out");
        if (settings.Certificate is null != settings.Key is null)
            throw new ConnectionException($"{source} has a {(settings.Key is null ? "client-certificate and no client-key" : "client-key and no client-certificate")}: both are needed");
        return settings;
    }

    private static ExecSettings Exec(YamlMap exec, string folder, string source)
    {
        var command = exec.Text("command");
        if (string.IsNullOrEmpty(command)) throw new ConnectionException($"{source}: exec has no command");
        var version = exec.Text("apiVersion") ?? "";
        if (!ExecVersions.Contains(version))
            throw new ConnectionException($"{source}: exec has apiVersion '{version}': {string.Join(" and ", ExecVersions)} are supported");
        var interactive = exec.Text("interactiveMode") ?? "IfAvailable";
        if (interactive is not ("Never" or "IfAvailable" or "Always"))
            throw new ConnectionException($"{source}: exec has interactiveMode '{interactive}': give Never, IfAvailable or Always");
        // The system looks for a name without a slash in PATH.
        if (command.Contains('/', StringComparison.Ordinal) || command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            command = Path.GetFullPath(Path.Combine(folder, command));
        return new(
            version, command, exec.Texts("args"),
            [.. exec.Maps("env").Select(variable => (
                variable.Text("name") is { Length: > 0 } name ? name : throw new ConnectionException($"{source}: exec has an env without a name"),
                variable.Text("value") ?? ""))],
            exec.Text("installHint"), exec.Flag("provideClusterInfo"), interactive);
    }

    private static List<(string Name, string Value)> Impersonation(KubeconfigEntry user, string source)
    {
        var headers = new List<(string, string)>();
        if (user.Text("as-uid") is { } uid) headers.Add(("Impersonate-Uid", uid));
        headers.AddRange((user.Map?.Texts("as-groups") ?? []).Select(group => ("Impersonate-Group", group)));
        foreach (var (name, values) in user.Map?.Lists("as-user-extra") ?? [])
            headers.AddRange(values.Select(value => ("Impersonate-Extra-" + Escape(name), value)));
        if (user.Text("as") is { } somebody) headers.Insert(0, ("Impersonate-User", somebody));
        else if (headers.Count > 0) throw new ConnectionException($"{source} has as-uid, as-groups or as-user-extra, and no as: say who to act as");
        return headers;
    }

    // The key is part of a header's name, and may hold a slash.
    private static string Escape(string key)
    {
        var escaped = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(key))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || "!#$&'*+-.^_`|~".Contains((char)octet, StringComparison.Ordinal)) escaped.Append((char)octet);
            else escaped.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }

        return escaped.ToString();
    }
}
