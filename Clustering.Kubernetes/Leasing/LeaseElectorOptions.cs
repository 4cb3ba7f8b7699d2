namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>How the Lease is held and taken. Validated by the <see cref="LeaseElector"/>.</summary>
public sealed class LeaseElectorOptions
{
    /// <summary>The namespace of the Lease. Required.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>The name of the Lease. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// How long a candidate reads the Lease unchanged before it takes it from a holder that is not known to be dead. 15 s by default.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the holder renews; less than a third of <see cref="LeaseDuration"/>. 3 s by default.</summary>
    public TimeSpan RenewInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a candidate reads the Lease, and a holder retries a failed renewal; shortened at random by up to a quarter. 2 s by default.</summary>
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long releasing the Lease may take, at shutdown. 2 s by default.</summary>
    public TimeSpan ReleaseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Labels to add to the Lease with each write. None by default.</summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>();

    internal void Validate()
    {
        var failures = new List<string>();
        if (LeaseDuration < TimeSpan.FromSeconds(1)) failures.Add($"{nameof(LeaseDuration)} must be at least 1 s, and is {LeaseDuration}.");
        if (RenewInterval <= TimeSpan.Zero || RenewInterval * 3 > LeaseDuration)
            failures.Add($"{nameof(RenewInterval)} must be at most a third of {nameof(LeaseDuration)}, and is {RenewInterval}.");
        if (RetryInterval <= TimeSpan.Zero || RetryInterval * 3 > LeaseDuration)
            failures.Add($"{nameof(RetryInterval)} must be at most a third of {nameof(LeaseDuration)}, and is {RetryInterval}.");
        if (ReleaseTimeout <= TimeSpan.Zero) failures.Add($"{nameof(ReleaseTimeout)} must be above zero, and is {ReleaseTimeout}.");
        if (failures.Count > 0) throw new ArgumentException(string.Join(' ', failures));
    }
}
