namespace MetaCollector.Simulator;

/// <summary>How a watch with <c>sendInitialEvents</c> is answered.</summary>
public enum StreamingLists
{
    /// <summary>As asked for (1.32, and from 1.34).</summary>
    Served,

    /// <summary>With 422: the server knows the parameter, its feature gate is off (1.27 to 1.31, 1.33).</summary>
    Refused,

    /// <summary>With 500: the server has them, its etcd tells no progress (before 3.4.31 and 3.5.13).</summary>
    Failing,

    /// <summary>The parameters are ignored, as by servers before 1.27 that do not know them.</summary>
    Ignored,
}

/// <summary>How a watch from a forgotten resourceVersion is answered.</summary>
public enum GoneAnswer
{
    /// <summary>200, then an ERROR event with a Status of code 410: what the real server does.</summary>
    InsideTheWatch,

    /// <summary>HTTP status 410.</summary>
    AsStatusCode,
}
