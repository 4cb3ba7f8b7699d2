using MetaCollector.Grains.Interfaces.Model;
using Microsoft.Extensions.Options;

namespace MetaCollector.Informer;

/// <summary>How the API server is read.</summary>
public sealed class InformerOptions
{
    /// <summary>Kinds that are read beyond the standard ones: any of <see cref="ResourceKinds.Extra"/>. None by default.</summary>
    public KindSet ExtraKinds { get; set; }

    /// <summary>After how long without an event or bookmark (which come every minute) a watch is given up, and its kind listed. 3 minutes by default.</summary>
    public TimeSpan WatchIdleTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>After how long without a byte a list is given up. 30 seconds by default.</summary>
    public TimeSpan ListIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the API server may take to answer at all. 75 seconds by default: it gives up itself after 60.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>Least time after which the API server is asked to end a watch; the actual time is up to twice that. 5 minutes by default.</summary>
    public TimeSpan WatchDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Most objects of a page, where lists are not streamed. 500 by default.</summary>
    public int PageSize { get; set; } = 500;

    /// <summary>Whether streaming lists are tried first. True by default.</summary>
    public bool UseStreamingLists { get; set; } = true;

    /// <summary>
    /// Longest pause after failures. 10 seconds by default: only the leader reads, so a server that is away is asked about once a second in all.
    /// </summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a kind that is refused (403) or absent (404) holds everything up, in case its role is just being created. 5 seconds by
    /// default, 30 at most.
    /// </summary>
    public TimeSpan RefusalGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a kind that is refused or absent is tried again. 10 seconds by default: only the leader asks.</summary>
    public TimeSpan RefusalRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the readers go on after the leadership was lost, in case it is won again at once. 5 seconds by default.</summary>
    public TimeSpan ReadersLinger { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many snapshots of namespaces may be under way to their grains at once. 64 by default.</summary>
    public int MaxSnapshotsInFlight { get; set; } = 64;

    /// <summary>Every kind that is read.</summary>
    internal KindSet Wanted => ResourceKinds.Standard.With(ResourceKind.EndpointSlice).Union(ExtraKinds);
}

/// <summary>Says everything that is wrong with <see cref="InformerOptions"/> at once.</summary>
internal sealed class InformerOptionsValidator : IValidateOptions<InformerOptions>
{
    /// <inheritdoc/>
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
