using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Tests.Support;

/// <summary>One pool of versions for all tests, as a silo has one for all its grains.</summary>
internal static class Pools
{
    public static VersionPool Versions { get; } = new();
}
