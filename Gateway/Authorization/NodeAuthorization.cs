namespace MetaCollector.Gateway.Authorization;

/// <summary>Whether a subscriber may subscribe to another node than the one that it runs on.</summary>
public enum NodeAuthorization
{
    /// <summary>It may; not checked.</summary>
    Off,

    /// <summary>It may; the log and the metrics report it.</summary>
    Warn,

    /// <summary>It may not.</summary>
    Enforce,
}
