using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Proxies;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.ApiServer.Requests;

/// <summary>The simulator behind a front end with a certificate of an authority, and a kubeconfig that leads there.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("access");
    private readonly List<ApiServerAccess> _accesses = [];

    private Rig(ApiServerSimulator simulator)
    {
        Simulator = simulator;
        Front = FrontEnd.Before(simulator, () => Serving!);
        Serving = [Authority.Serving("127.0.0.1")];
        Write("ca.crt", Authority.Pem);
    }

    public ApiServerSimulator Simulator { get; }

    public FrontEnd Front { get; }

    public Authority Authority { get; } = new();

    /// <summary>What the server presents.</summary>
    public X509Certificate2Collection Serving { get; set; }

    public RecordingLogger Log { get; } = new();

    public static async Task<Rig> StartAsync(SimulatorOptions? options = null) => new(await ApiServerSimulator.StartAsync(options));

    /// <summary>A kubeconfig with these lines for its cluster and its user, in flow style.</summary>
    public string Config(string cluster = "certificate-authority: ca.crt", string user = "token: t", string? server = null) => Write("kubeconfig", $$$"""
        apiVersion: v1
        kind: Config
        clusters: [{name: k, cluster: {server: "{{{server ?? Front.Url}}}", {{{cluster}}}}}]
        users: [{name: u, user: {{{{user}}}}}]
        contexts: [{name: c, context: {cluster: k, user: u}}]
        current-context: c
        """);

    /// <summary>Writes a file into the folder of the kubeconfig.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes a program there.</summary>
    public string Program(string name, string script)
    {
        var path = Write(name, "#!/bin/sh\n" + script.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Deletes a file there.</summary>
    public void Delete(string name) => File.Delete(Path.Combine(_folder.FullName, name));

    /// <summary>What is in a file there.</summary>
    public string Read(string name) => File.ReadAllText(Path.Combine(_folder.FullName, name));

    /// <summary>The way there, by a kubeconfig.</summary>
    public ApiServerAccess Access(string kubeconfig, ProxyRules? proxies = null, KeepAlive? keepAlive = null)
    {
        var access = Accesses.Of(() => ClusterConfiguration.Load(kubeconfig, new() { Proxies = proxies ?? new(null, null, null) }), Log, keepAlive: keepAlive);
        _accesses.Add(access);
        return access;
    }

    /// <summary>A connection there.</summary>
    public ApiConnection Connect(string kubeconfig, ProxyRules? proxies = null) => Access(kubeconfig, proxies).Connect(TimeSpan.FromSeconds(30));

    /// <summary>Asks for the version of the server.</summary>
    public static Task<JsonObject> AskAsync(ApiConnection connection) =>
        connection.CallAsync(new ApiRequest(HttpMethod.Get, "api/v1/namespaces/default", "get", "namespaces"), Xunit.TestContext.Current.CancellationToken);

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        foreach (var access in _accesses) access.Dispose();
        await Front.DisposeAsync();
        await Simulator.DisposeAsync();
        Authority.Dispose();
        _folder.Delete(recursive: true);
    }
}
