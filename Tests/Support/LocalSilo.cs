namespace MetaCollector.Tests.Support;

/// <summary>A silo that has an address and nothing else.</summary>
internal sealed record LocalSilo(SiloAddress SiloAddress) : ILocalSiloDetails
{
    public string Name => "self";

    public string ClusterId => "cluster";

    public string DnsHostName => "localhost";

    public SiloAddress GatewayAddress => SiloAddress;
}
