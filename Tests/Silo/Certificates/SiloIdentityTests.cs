using System.Security.Cryptography;
using MetaCollector.Silo.Certificates;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Certificates;

public sealed class SiloIdentityTests
{
    [Fact]
    public void Fault_GoodCertificate_None()
    {
        using var authority = new Authority();
        Assert.Null(FaultOf(authority.Issue(), authority.Pem));
    }

    [Fact]
    public void Fault_SeveralAuthorities_NoneWhereOneFits()
    {
        using var authority = new Authority();
        using var older = new Authority("older");
        Assert.Null(FaultOf(authority.Issue(), $"{older.Pem}\n{authority.Pem}"));
    }

    [Fact]
    public void Fault_OtherAuthority_NamesTheFlag()
    {
        using var authority = new Authority();
        using var other = new Authority("other");
        Assert.StartsWith("is refused by the authority of --silo-ca: ", FaultOf(authority.Issue(), other.Pem), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false, "is not for client authentication; replicas need a certificate for server and client authentication")]
    [InlineData(false, true, "is not for server authentication; replicas need a certificate for server and client authentication")]
    public void Fault_OneUsage_NamesTheOther(bool isForServers, bool isForClients, string expected)
    {
        using var authority = new Authority();
        Assert.Equal(expected, FaultOf(authority.Issue(isForServers: isForServers, isForClients: isForClients), authority.Pem));
    }

    [Fact]
    public void Load_AuthorityWithoutCertificate_Fails()
    {
        using var authority = new Authority();
        var (certificate, key) = authority.Issue();
        Assert.Throws<CryptographicException>(() => SiloIdentity.Load(certificate, key, "nothing"));
    }

    [Theory]
    [InlineData("silo.collector", "silo.collector", true)]
    [InlineData("silo.collector", "SILO.collector", true)]
    [InlineData("silo.collector", "web.shop", false)]
    [InlineData("silo.collector", "", false)]
    [InlineData("", "", true)]
    public void IsNamesake_OtherCertificate_WhereANameIsShared(string own, string peer, bool isNamesake)
    {
        using var authority = new Authority();
        var (certificate, key) = authority.Issue(own);
        using var other = authority.IssueCertificate(peer);
        Assert.Equal(isNamesake, SiloIdentity.Load(certificate, key, authority.Pem).IsNamesake(other));
    }

    private static string? FaultOf((string Certificate, string Key) pair, string authority) =>
        SiloIdentity.Load(pair.Certificate, pair.Key, authority).Fault([], DateTimeOffset.UtcNow);
}
