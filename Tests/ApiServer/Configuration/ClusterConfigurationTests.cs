using MetaCollector.ApiServer.Configuration;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.ApiServer.Configuration;

public sealed class ClusterConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kubeconfig");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Load_FlagVariableAndHome_TakesTheFirstThatIsGiven()
    {
        var flag = Write("flag", Complete("https://flag:1"));
        var variable = Write("variable", Complete("https://variable:1"));
        var home = Write("home", Complete("https://home:1"));

        var places = new ConfigurationPlaces { Files = variable, Home = home };
        Assert.Equal("flag", ClusterConfiguration.Load(flag, places).Server.Host);
        Assert.Equal("variable", ClusterConfiguration.Load("", places).Server.Host);
        Assert.Equal("home", ClusterConfiguration.Load(null, places with { Files = " " }).Server.Host);
    }

    [Fact]
    public void Load_Folder_IsCalledOne() => Assert.Equal(
        $"kubeconfig {_folder.FullName}: this is a folder; name a file",
        Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(_folder.FullName)).Message);

    // What a file holds is quoted, whatever it is.
    [Fact]
    public void Load_AnythingInPlaceOfAName_IsToldInALineOfBoundedLength()
    {
        var file = Write("wild", $$"""{kind: Config, current-context: "a\nb\u0085{{new string('x', 5000)}}", contexts: []}""");
        var message = Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(file)).Message;
        Assert.StartsWith($"kubeconfig {file}: there is no context 'a b xxx", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 500, 1001);
    }

    [Fact]
    public void Load_SeveralFiles_MergesThemAndTheFirstWins()
    {
        var first = Write("first", """
            apiVersion: v1
            kind: Config
            contexts: [{name: c, context: {cluster: k, user: u}}]
            current-context: c
            """);
        var second = Write("second", Complete("https://second:1"));

        var loaded = ClusterConfiguration.Load(null, new() { Files = string.Join(Path.PathSeparator, first, "/does/not/exist", second) });

        Assert.Equal(("second", "t"), (loaded.Server.Host, loaded.User.Token));
    }

    [Fact]
    public void Load_RelativePaths_AreThoseOfTheFileThatTheyStandIn()
    {
        var file = Write("relative", """
            apiVersion: v1
            kind: Config
            clusters: [{name: k, cluster: {server: "http://localhost:1"}}]
            users: [{name: u, user: {client-certificate: my.crt, client-key: my.key}}]
            contexts: [{name: c, context: {cluster: k, user: u}}]
            current-context: c
            """);

        using var authority = new Authority();
        var (certificate, key) = authority.Issue();
        Write("my.crt", certificate);
        Write("my.key", key);

        var user = ClusterConfiguration.Load(file).User;

        Assert.Equal((Path.Combine(_folder.FullName, "my.crt"), Path.Combine(_folder.FullName, "my.key")), (user.Certificate!.File, user.Key!.File));
    }

    [Fact]
    public void Load_UserWithoutCredentials_IsAnonymous()
    {
        var file = Write("anonymous", Complete("http://localhost:1").Replace("{token: t}", "{}", StringComparison.Ordinal));

        Assert.Equal(new UserSettings(), ClusterConfiguration.Load(file).User with { Impersonation = new UserSettings().Impersonation });
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("clusters: [", ": no valid YAML: ")]
    [InlineData("hello", "line 1, column 1: not what a kubeconfig holds there")]
    [InlineData("<html>\n<body>no</body>", "line 1, column 1: not what a kubeconfig holds there")]
    [InlineData("\0\u0001", "kubeconfig")]
    [InlineData("- a\n- b", "line 1, column 1: not what a kubeconfig holds there")]
    [InlineData("clusters: 5", "line 1, column 11: not what a kubeconfig holds there")]
    [InlineData("clusters:\nusers:\ncontexts:\ncurrent-context: c", "there is no context 'c'")]
    [InlineData("clusters: [null]\nusers: [null]\ncontexts: [null]\ncurrent-context: c", "there is no context 'c'")]
    [InlineData("apiVersion: v1\nkind: Config\n", "no current-context is set")]
    [InlineData("apiVersion: v1\nkind: Config\ncurrent-context: nowhere\n", "nowhere")]
    public void Load_WrongFile_SaysInOneLineWhichFileAndWhatIsWrong(string content, string expected)
    {
        var file = Write("wrong", content);

        var message = Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(file)).Message;

        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Load_MissingFile_SaysSo() => Assert.Equal(
        "kubeconfig /does/not/exist: no such file",
        Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load("/does/not/exist")).Message);

    [Fact]
    public void Load_MissingCertificateAuthority_NamesIt()
    {
        var file = Write("authority", Complete("https://localhost:1").Replace(
            "server:", "certificate-authority: no-such.crt, server:", StringComparison.Ordinal));

        Assert.Contains("no-such.crt", Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NothingAnywhere_SaysWhatToGive() => Assert.Contains(
        "give --kubeconfig FILE or KUBECONFIG",
        Assert.Throws<ConnectionException>(() => ClusterConfiguration.Load(null, new() { Home = "/none" })).Message, StringComparison.Ordinal);

    private static string Complete(string server) => $$$"""
        apiVersion: v1
        kind: Config
        clusters: [{name: k, cluster: {server: "{{{server}}}"}}]
        users: [{name: u, user: {token: t}}]
        contexts: [{name: c, context: {cluster: k, user: u}}]
        current-context: c
        """;

    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}
