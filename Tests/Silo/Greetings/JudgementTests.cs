using System.Text;
using MetaCollector.Silo.Greetings;
using Xunit;

namespace MetaCollector.Tests.Silo.Greetings;

public sealed class JudgementTests
{
    [Theory]
    [InlineData("", "Nothing")]
    [InlineData("\u0016\u0003\u0001\u0002", "Tls")]
    [InlineData("\u0016", "Tls")]
    [InlineData("\u0016\u0009", "Other")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0", "Http2")]
    [InlineData("PRI", "Http2")]
    [InlineData("PRIVATE", "Other")]
    [InlineData("GET / HTTP/1.1\r\n", "Other")]
    [InlineData("\0\0\0\u0018", "Other")]
    public void Of_FirstBytes_TellsWhatIsSpoken(string first, string spoken) =>
        Assert.Equal(spoken, Judgement.Of(Encoding.Latin1.GetBytes(first)).ToString());

    [Theory]
    [InlineData("Broker", true, "Http2", false, "PlaintextAtTlsPort")]
    [InlineData("Broker", true, "Other", false, "PlaintextAtTlsPort")]
    [InlineData("Broker", true, "Tls", false, "HandshakeFailed")]
    [InlineData("Broker", true, "Tls", true, "HandshakeTimeout")]
    [InlineData("Broker", true, "Nothing", true, "HandshakeTimeout")]
    [InlineData("Broker", true, "Nothing", false, null)]
    [InlineData("Broker", false, "Tls", false, "TlsAtPlaintextPort")]
    [InlineData("Broker", false, "Other", false, "NotHttp2")]
    [InlineData("Broker", false, "Http2", false, null)]
    [InlineData("Broker", false, "Nothing", false, null)]
    [InlineData("Replicas", false, "Tls", false, "TlsAtPlaintextPort")]
    [InlineData("Replicas", false, "Other", false, null)]
    [InlineData("Replicas", true, "Other", false, "PlaintextAtTlsPort")]
    public void Of_Connection_NamesTheCause(string port, bool isTls, string spoken, bool isLate, string? cause)
    {
        var greeting = new Greeting { Spoken = Enum.Parse<Spoken>(spoken) };
        Assert.Equal(cause, Judgement.Of(Enum.Parse<StrangerPort>(port), isTls, greeting, isLate)?.ToString());
        greeting.IsUnderstood = true;
        Assert.Null(Judgement.Of(Enum.Parse<StrangerPort>(port), isTls, greeting, isLate));
    }

    [Fact]
    public void Of_RefusedCertificate_IsToldApart() => Assert.Equal(StrangerCause.CertificateRefused,
        Judgement.Of(StrangerPort.Broker, isTls: true, new Greeting { Spoken = Spoken.Tls, Refusal = "no name" }, isLate: false));
}
