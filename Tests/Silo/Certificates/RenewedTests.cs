using System.Security.Cryptography;
using MetaCollector.Silo.Certificates;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Certificates;

public sealed class RenewedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _logger = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Current_SecretSwappedAsKubernetesDoes_IsMadeAgain()
    {
        // A mounted Secret: each file is a link through ..data, and a renewal points ..data elsewhere; the links themselves stay.
        Mount("first");
        foreach (var name in (string[])["tls.crt", "tls.key"])
            File.CreateSymbolicLink(Path.Combine(_folder, name), Path.Combine("..data", name));
        var renewed = Make();
        Assert.Equal("first|first", renewed.Current().Text);

        Mount("second");
        Assert.Equal("first|first", renewed.Current().Text);
        _time.Advance(Renewed<Made>.LookAgainAfter);
        Assert.Equal("second|second", renewed.Current().Text);
        Assert.Contains("was replaced: new connections get the new one", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Current_SameContentWrittenAgain_IsNotMadeAgain()
    {
        Write("one");
        var renewed = Make();
        var first = renewed.Current();
        Write("one");
        _time.Advance(Renewed<Made>.LookAgainAfter);
        Assert.Same(first, renewed.Current());
        Assert.Empty(_logger.Lines);
    }

    [Theory]
    [InlineData("broken")]
    [InlineData(null)]
    public void Current_FilesThatCannotBeUsed_OldStaysUntilTheyAreMended(string? content)
    {
        Write("one");
        var renewed = Make();
        renewed.Current();
        if (content is null) File.Delete(Path.Combine(_folder, "tls.key"));
        else Write(content);
        _time.Advance(Renewed<Made>.LookAgainAfter);
        Assert.Equal("one|one", renewed.Current().Text);
        Assert.Contains("cannot be used, so the old one stays", Assert.Single(_logger.Warnings), StringComparison.Ordinal);

        Write("two");
        _time.Advance(Renewed<Made>.LookAgainAfter);
        Assert.Equal("two|two", renewed.Current().Text);
    }

    private Renewed<Made> Make() => new(
        [Path.Combine(_folder, "tls.crt"), Path.Combine(_folder, "tls.key")],
        contents => contents[0] == "broken" ? throw new CryptographicException("broken") : new Made(string.Join('|', contents)),
        _time, _logger);

    private void Write(string content)
    {
        foreach (var name in (string[])["tls.crt", "tls.key"]) File.WriteAllText(Path.Combine(_folder, name), content);
    }

    private void Mount(string content)
    {
        var version = Directory.CreateDirectory(Path.Combine(_folder, $"..{content}")).FullName;
        foreach (var name in (string[])["tls.crt", "tls.key"]) File.WriteAllText(Path.Combine(version, name), content);
        var data = Path.Combine(_folder, "..data");
        if (Directory.Exists(data)) Directory.Delete(data);
        Directory.CreateSymbolicLink(data, version);
    }

    private sealed record Made(string Text);
}
