namespace MetaCollector.Simulator;

/// <summary>How the simulated API server is to be.</summary>
public sealed record SimulatorOptions
{
    /// <summary>TCP port on the loopback address; 0 (the default) for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether to serve TLS, with a certificate made for the occasion. Default: false.</summary>
    public bool Https { get; init; }

    /// <summary>A token that requests must bear; none (the default) lets everyone in. More can be added in <see cref="ApiServerSimulator.Access"/>.</summary>
    public string? Token { get; init; }

    /// <summary>How streaming lists are answered. Default: served.</summary>
    public StreamingLists StreamingLists { get; init; }

    /// <summary>How a watch from a forgotten resourceVersion is answered. Default: inside the watch.</summary>
    public GoneAnswer GoneAnswer { get; init; }

    /// <summary>How often watches that allow it get bookmarks. Default: 1 minute.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long after its objects a streaming list says that they are complete. What changes meanwhile is sent before the mark, as by servers
    /// that mark at their next tick, a second at most. Default: at once.
    /// </summary>
    public TimeSpan InitialEventsEndAfter { get; init; }

    /// <summary>The shortest time after which a watch that does not say <c>timeoutSeconds</c> is ended; the longest is twice as long. Default: 30 minutes.</summary>
    public TimeSpan WatchLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How many events are kept for each resource. Default: 65,536.</summary>
    public int History { get; init; } = 65_536;

    /// <summary>The resourceVersion to start after. Default: 1000.</summary>
    public long InitialResourceVersion { get; init; } = 1000;

    /// <summary>How long a request for a resourceVersion that is yet to come waits before 504. Default: 3 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the simulated kubelets take to stop a deleted pod; null: they never do. Default: 200 milliseconds.</summary>
    public TimeSpan? PodStopTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether objects whose owner is gone are removed. Default: false, so that tests decide on each object.</summary>
    public bool GarbageCollection { get; init; }

    /// <summary>The version that <c>/version</c> names. Default: v1.34.1.</summary>
    public string GitVersion { get; init; } = "v1.34.1";

    /// <summary>The time. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">An option has a value that it cannot have.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        Check(Port is >= 0 and <= 65535, $"{nameof(Port)} must be between 0 and 65535, not {Port}");
        Check(BookmarkInterval > TimeSpan.Zero, $"{nameof(BookmarkInterval)} must be positive, not {BookmarkInterval}");
        Check(InitialEventsEndAfter >= TimeSpan.Zero, $"{nameof(InitialEventsEndAfter)} must not be negative, not {InitialEventsEndAfter}");
        Check(WatchLifetime > TimeSpan.Zero, $"{nameof(WatchLifetime)} must be positive, not {WatchLifetime}");
        Check(History >= 1, $"{nameof(History)} must be at least 1, not {History}");
        Check(InitialResourceVersion >= 1, $"{nameof(InitialResourceVersion)} must be at least 1, not {InitialResourceVersion}");
        Check(PodStopTime is not { } time || time >= TimeSpan.Zero, $"{nameof(PodStopTime)} must not be negative, not {PodStopTime}");
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", faults));
        }

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
