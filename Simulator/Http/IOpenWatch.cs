namespace MetaCollector.Simulator.Http;

/// <summary>A watch that is being served, and what can go wrong with it on purpose. Each answers whether there was anything to do.</summary>
internal interface IOpenWatch
{
    /// <summary>What is watched: the plural.</summary>
    string Resource { get; }

    /// <summary>Breaks its connection in the middle.</summary>
    bool Cut();

    /// <summary>Ends it without an error.</summary>
    bool End();

    /// <summary>Ends it with an ERROR event, 410 Expired.</summary>
    bool Expire();

    /// <summary>Silences it.</summary>
    bool Freeze();

    /// <summary>Lets it go on where it stood.</summary>
    bool Thaw();
}
