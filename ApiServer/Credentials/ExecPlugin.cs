using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetaCollector.ApiServer.Configuration;

namespace MetaCollector.ApiServer.Credentials;

/// <summary>Runs a credential plugin, by the rules of <c>client.authentication.k8s.io</c>.</summary>
internal static class ExecPlugin
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <returns>Its credentials, and when they expire; null where it does not say.</returns>
    /// <exception cref="ConnectionException">The plugin cannot be run, fails, or gives no credentials.</exception>
    public static async Task<(Credential Credential, DateTimeOffset? Expires)> RunAsync(ConnectionSettings settings, CancellationToken cancellation)
    {
        var exec = settings.User.Exec!;
        var isInteractive = exec.Interactive != "Never" && !Console.IsInputRedirected;
        if (exec.Interactive == "Always" && !isInteractive)
            throw Fault(settings, "asks people on a terminal (interactiveMode: Always), and there is none");
        var start = new ProcessStartInfo(exec.Command) { RedirectStandardOutput = true, RedirectStandardInput = !isInteractive };
        foreach (var argument in exec.Arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in exec.Environment) start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = Info(settings, isInteractive);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Patience);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception exception) when (exception is Win32Exception or FileNotFoundException)
        {
            throw Fault(settings, $"cannot be run: {exception.Message}{Hint(exec)}", exception);
        }

        using (process)
        {
            try
            {
                if (!isInteractive) process.StandardInput.Close();
                var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
                await process.WaitForExitAsync(deadline.Token);
                if (process.ExitCode != 0) throw Fault(settings, $"ended with exit code {process.ExitCode}{Hint(exec)}");
                return Parse(settings, output);
            }
            catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
            {
                throw Fault(settings, $"did not answer within {Patience.TotalSeconds:0} s", exception);
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>The value of <c>KUBERNETES_EXEC_INFO</c>.</summary>
    internal static string Info(ConnectionSettings settings, bool isInteractive)
    {
        var spec = new JsonObject { ["interactive"] = isInteractive };
        if (settings.User.Exec!.ProvidesClusterInfo && settings.Cluster is { } cluster)
        {
            var told = new JsonObject { ["server"] = cluster.Server };
            if (cluster.TlsServerName is { } name) told["tls-server-name"] = name;
            if (cluster.SkipTlsVerify) told["insecure-skip-tls-verify"] = true;
            if (settings.Authorities is { } authorities)
                told["certificate-authority-data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(authorities.Read()));
            if (cluster.ProxyUrl is { } proxy) told["proxy-url"] = proxy;
            if (cluster.DisableCompression) told["disable-compression"] = true;
            if (cluster.Config is { } config) told["config"] = JsonNode.Parse(config);
            spec["cluster"] = told;
        }

        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = settings.User.Exec.ApiVersion, ["spec"] = spec }.ToJsonString();
    }

    private static (Credential Credential, DateTimeOffset? Expires) Parse(ConnectionSettings settings, string output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            var root = document.RootElement;
            var version = Text(root, "apiVersion");
            if (version != settings.User.Exec!.ApiVersion) throw Fault(settings, $"answers with apiVersion '{version}' where {settings.User.Exec.ApiVersion} was asked for");
            if (!root.TryGetProperty("status", out var status)) throw Fault(settings, "answers without a status");
            var (token, certificate, key) = (Text(status, "token"), Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
            if (certificate is null != key is null) throw Fault(settings, "gives a client certificate or a key alone: both are needed");
            if (token is null && certificate is null) throw Fault(settings, "gives neither a token nor a client certificate");
            DateTimeOffset? expires = status.TryGetProperty("expirationTimestamp", out var at) && at.ValueKind == JsonValueKind.String ? at.GetDateTimeOffset() : null;
            return (
                new(
                    token is null ? null : "Bearer " + token,
                    certificate is null ? null : (new($"{Name(settings)}: clientCertificateData", null, certificate), new($"{Name(settings)}: clientKeyData", null, key))),
                expires);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw Fault(settings, "does not answer with an ExecCredential in JSON", exception);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static string Hint(ExecSettings exec) => string.IsNullOrWhiteSpace(exec.InstallHint) ? "" : $" ({exec.InstallHint.Trim()})";

    private static string Name(ConnectionSettings settings) => $"{settings.Source}: credential plugin {settings.User.Exec!.Command}";

    private static ConnectionException Fault(ConnectionSettings settings, string what, Exception? inner = null) => new($"{Name(settings)} {what}", inner);
}
