using System.Text;
using System.Text.Json;
using CsCheck;
using MetaCollector.Gateway.Rendering;
using Xunit;

namespace MetaCollector.Tests.Gateway.Rendering;

/// <summary>The rules of Go's <c>encoding/json</c>, as <c>appendString</c> in its encode.go has them since Go 1.22.</summary>
public sealed class GoJsonTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("web-1", "web-1")]
    [InlineData("\"\\/", "\\\"\\\\/")]
    [InlineData("<a>&'", "\\u003ca\\u003e\\u0026'")]
    [InlineData("\b\f\n\r\t", "\\b\\f\\n\\r\\t")]
    [InlineData("\0\x01\x0b\x1f", "\\u0000\\u0001\\u000b\\u001f")]
    [InlineData("\x7f", "\x7f")]
    [InlineData("\u0080\u00a0", "\u0080\u00a0")]
    [InlineData("\u2027\u2028\u2029\u202a", "\u2027\\u2028\\u2029\u202a")]
    [InlineData("größer 名前 🚀", "größer 名前 🚀")]
    [InlineData("\ufffd\ufeff", "\ufffd\ufeff")]
    [InlineData("a<名<b", "a\\u003c名\\u003cb")]
    public void WriteString_Text_IsWrittenAsGoDoes(string text, string expected) => Assert.Equal($"\"{expected}\"", Written(text));

    // Not as inline data: xunit would have to carry what is not valid text.
    [Fact]
    public void WriteString_LoneSurrogates_AreReplaced()
    {
        Assert.Equal("\"a\\ufffdb\"", Written("a\ud83db"));
        Assert.Equal("\"\\ufffd\\ufffd\"", Written("\ude80\ud83d"));
    }

    [Fact]
    public void WriteString_AnyText_IsJsonForItAndValidUtf8() => Gen.String.Sample(text =>
    {
        var valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return JsonSerializer.Deserialize<string>(Written(text)) == valid;
    });

    private static string Written(string text)
    {
        var buffer = new WireBuffer(4);
        GoJson.WriteString(buffer, text);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer.Written.Span);
    }
}
