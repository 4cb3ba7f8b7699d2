using MetaCollector.Gateway.Limits;

namespace MetaCollector.Silo.Settings;

/// <summary>Reads the limits of the broker.</summary>
internal static class LimitsReader
{
    private const int Many = 1_000_000;
    private const int SmallestMessage = 1024;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static GatewayLimits Read(SettingParser parser)
    {
        var standard = new GatewayLimits();
        return new GatewayLimits
        {
            MaxStreams = parser.Number(RunSettings.MaxStreams, standard.MaxStreams, Many),
            MaxStreamsPerPeer = parser.Number(RunSettings.MaxStreamsPerPeer, standard.MaxStreamsPerPeer, Many),
            MaxStreamsPerConnection = parser.Number(RunSettings.MaxStreamsPerConnection, standard.MaxStreamsPerConnection, Many),
            MaxRequestBytes = parser.Number(RunSettings.MaxRequestBytes, standard.MaxRequestBytes, 4 * 1024 * 1024, SmallestMessage),
            MaxHeaderBytes = parser.Number(RunSettings.MaxHeaderBytes, standard.MaxHeaderBytes, 1024 * 1024, SmallestMessage),
            ConnectionsPerSecond = parser.Number(RunSettings.ConnectionsPerSecond, standard.ConnectionsPerSecond, Many),
            HandshakeTimeout = parser.Duration(RunSettings.HandshakeTimeout, standard.HandshakeTimeout, TimeSpan.FromMinutes(5), Second),
            IdleTimeout = parser.Duration(RunSettings.IdleTimeout, standard.IdleTimeout, TimeSpan.FromHours(1), Second),
            MemoryHighWater = parser.Number(RunSettings.MemoryHighWater, standard.MemoryHighWater, 100),
        };
    }
}
