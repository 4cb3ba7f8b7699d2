using Microsoft.Extensions.Options;

namespace MetaCollector.Informer;

/// <summary>Options of the informer. Validated at start.</summary>
public sealed class InformerOptions
{
    /// <summary>Kinds that are read beyond the standard ones: any of <see cref="ResourceKinds.Extra"/>. None by default.</summary>
    public KindSet ExtraKinds { get; set; }

    /// <summary>After how long without an event or bookmark a reader ends its watch and lists the kind. 3 minutes by default; bookmarks come about every minute.</summary>
    public TimeSpan WatchIdleTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>After how long without received data a reader ends a list. 30 seconds by default.</summary>
    public TimeSpan ListIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the API server may take to begin its response. 75 seconds by default: its own timeout is 60.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>The shortest <c>timeoutSeconds</c> of a watch; the longest is twice that. 5 minutes by default.</summary>
    public TimeSpan WatchDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Objects in a page of a list that is not streamed. 500 by default.</summary>
    public int PageSize { get; set; } = 500;

    /// <summary>Whether to try streaming lists first. True by default.</summary>
    public bool UseStreamingLists { get; set; } = true;

    /// <summary>
    /// Longest pause after failures. 10 seconds by default: only the leader reads, so all its readers together ask an unreachable server about once a second.
    /// </summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the leader waits for a kind that is refused (403) or absent (404) before it goes on without it: its role may be created at this
    /// moment. 5 seconds by default, 30 at most.
    /// </summary>
    public TimeSpan RefusalGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a reader tries a refused or absent kind again. 10 seconds by default.</summary>
    public TimeSpan RefusalRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the readers go on after the silo lost the leadership, since it may win it again at once. 5 seconds by default.</summary>
    public TimeSpan ReadersLinger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many snapshots of namespaces may be in flight at once. 64 by default.</summary>
    public int MaxSnapshotsInFlight { get; set; } = 64;

    /// <summary>Every kind that is read.</summary>
    internal KindSet Wanted => ResourceKinds.Standard.With(ResourceKind.EndpointSlice).Union(ExtraKinds);
}

/// <summary>Validates <see cref="InformerOptions"/> and reports all errors at once.</summary>
internal sealed class InformerOptionsValidator : IValidateOptions<InformerOptions>
{
    public ValidateOptionsResult Validate(string? name, InformerOptions options)
    {
        var errors = new List<string>();
        if ((options.ExtraKinds.Bits & ~ResourceKinds.Extra.Bits) != 0)
            errors.Add($"ExtraKinds: {options.ExtraKinds} is not among {ResourceKinds.Extra}");
        Positive(nameof(options.WatchIdleTimeout), options.WatchIdleTimeout);
        Positive(nameof(options.ListIdleTimeout), options.ListIdleTimeout);
        Positive(nameof(options.RequestTimeout), options.RequestTimeout);
        Positive(nameof(options.LongestPause), options.LongestPause);
        Positive(nameof(options.RefusalRetry), options.RefusalRetry);
        if (options.WatchDuration < TimeSpan.FromSeconds(1)) errors.Add($"WatchDuration: {options.WatchDuration} is less than a second");
        if (options.RefusalGrace < TimeSpan.Zero || options.RefusalGrace > TimeSpan.FromSeconds(30))
            errors.Add($"RefusalGrace: {options.RefusalGrace} is not between 0 and 30 seconds");
        if (options.ReadersLinger < TimeSpan.Zero) errors.Add($"ReadersLinger: {options.ReadersLinger} is negative");
        if (options.PageSize < 1) errors.Add($"PageSize: {options.PageSize} is less than 1");
        if (options.MaxSnapshotsInFlight < 1) errors.Add($"MaxSnapshotsInFlight: {options.MaxSnapshotsInFlight} is less than 1");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Positive(string option, TimeSpan value)
        {
            if (value <= TimeSpan.Zero) errors.Add($"{option}: {value} is not positive");
        }
    }
}
