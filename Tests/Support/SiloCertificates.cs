namespace MetaCollector.Tests.Support;

/// <summary>Files by which replicas speak TLS to each other, in a folder of their own.</summary>
internal sealed class SiloCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-silo-tls-").FullName;

    public SiloCertificates()
    {
        using var authority = new Authority();
        var (certificate, key) = authority.Issue();
        foreach (var (name, content) in new[] { ("tls.crt", certificate), ("tls.key", key), ("ca.crt", authority.Pem) })
            File.WriteAllText(PathOf(name), content);
    }

    /// <summary>The flags that name them.</summary>
    public string[] Flags => ["--silo-cert", PathOf("tls.crt"), "--silo-key", PathOf("tls.key"), "--silo-ca", PathOf("ca.crt")];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string PathOf(string name) => Path.Combine(_folder, name);
}
