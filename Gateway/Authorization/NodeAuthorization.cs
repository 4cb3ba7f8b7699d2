namespace MetaCollector.Gateway.Authorization;

/// <summary>Whether a subscriber may ask for another node than the one that it runs on.</summary>
public enum NodeAuthorization
{
    /// <summary>It may, and nobody looks.</summary>
    Off,

    /// <summary>It may, and the log and the metrics say so.</summary>
    Warn,

    /// <summary>It may not.</summary>
    Enforce,
}
