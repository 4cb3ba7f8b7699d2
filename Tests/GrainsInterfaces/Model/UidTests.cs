using CsCheck;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;

namespace MetaCollector.Tests.GrainsInterfaces.Model;

public sealed class UidTests
{
    private const string Canonical = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Guid.Select(guid => guid.ToString("D")), Gen.Guid.Select(guid => guid.ToString("D").ToUpperInvariant()), Gen.String.AlphaNumeric);

    [Theory]
    [InlineData(Canonical)]
    [InlineData("0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9")]
    [InlineData("0a1b2c3d4e5f60718293a4b5c6d7e8f9")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("0a1b2c3d-4e5f-6071-8293a-4b5c6d7e8f9")]
    [InlineData("a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6")]
    [InlineData("")]
    public void Parse_AnyText_IsTheSameText(string text) => Assert.Equal(text, Uid.Parse(text).ToString());

    [Fact]
    public void Parse_AnyTwoTexts_AreEqualAndOrderedAsTheTexts() => Gen.Select(Texts, Texts).Sample((left, right) =>
    {
        Assert.Equal(Math.Sign(string.CompareOrdinal(left, right)), Math.Sign(Uid.Parse(left).CompareTo(Uid.Parse(right))));
        Assert.Equal(left == right, Uid.Parse(left) == Uid.Parse(right));
        Assert.Equal(Uid.Parse(left).GetHashCode(), Uid.Parse(new string(left)).GetHashCode());
    });

    [Fact]
    public void TryFormatCanonical_Canonical_WritesItsBytes()
    {
        var utf8 = new byte[36];
        Assert.True(Uid.Parse(Canonical).TryFormatCanonical(utf8));
        Assert.Equal(Canonical, System.Text.Encoding.ASCII.GetString(utf8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("my-uid")]
    public void TryFormatCanonical_Other_IsFalse(string text) => Assert.False(Uid.Parse(text).TryFormatCanonical(new byte[36]));

    [Fact]
    public void IsEmpty_OnlyOfTheEmptyText()
    {
        Assert.True(default(Uid).IsEmpty);
        Assert.True(Uid.Parse("").IsEmpty);
        Assert.False(Uid.Parse("00000000-0000-0000-0000-000000000000").IsEmpty);
    }
}
