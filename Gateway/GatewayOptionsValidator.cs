using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway;

/// <summary>Validates <see cref="GatewayOptions"/> and reports all errors at once.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var errors = new List<string>();
        var allowed = ResourceKinds.Standard.Union(ResourceKinds.Extra);
        if (options.Kinds.Bits == 0 || options.Kinds.Union(allowed) != allowed)
            errors.Add($"{nameof(options.Kinds)} is '{options.Kinds}'; it must name at least one of {allowed}, and nothing else");
        if (!Enum.IsDefined(options.AuthorizeNodes)) errors.Add($"{nameof(options.AuthorizeNodes)} is {options.AuthorizeNodes}; it must be one of Off, Warn, Enforce");
        Within(nameof(options.BurstEvents), options.BurstEvents, 1, 1_000_000);
        Within(nameof(options.EventsPerSecond), options.EventsPerSecond, 1, 10_000_000);
        Within(nameof(options.Limits.MaxStreams), options.Limits.MaxStreams, 1, int.MaxValue);
        Within(nameof(options.Limits.MaxStreamsPerPeer), options.Limits.MaxStreamsPerPeer, 1, int.MaxValue);
        Within(nameof(options.Limits.MaxStreamsPerConnection), options.Limits.MaxStreamsPerConnection, 1, int.MaxValue);
        Within(nameof(options.Limits.MaxRequestBytes), options.Limits.MaxRequestBytes, 1024, 4 * 1024 * 1024);
        Within(nameof(options.Limits.MaxHeaderBytes), options.Limits.MaxHeaderBytes, 1024, 1024 * 1024);
        Within(nameof(options.Limits.ConnectionsPerSecond), options.Limits.ConnectionsPerSecond, 1, 1_000_000);
        Within(nameof(options.Limits.HandshakeTimeout), options.Limits.HandshakeTimeout, Second, 5 * Minute);
        Within(nameof(options.Limits.IdleTimeout), options.Limits.IdleTimeout, Second, 60 * Minute);
        Within(nameof(options.Limits.MemoryHighWater), options.Limits.MemoryHighWater, 1, 100);
        if (options.StuckStreamLimit != TimeSpan.Zero)
            Within(nameof(options.StuckStreamLimit), options.StuckStreamLimit, Second, TimeSpan.FromDays(1));
        Within(nameof(options.KeepAlivePingDelay), options.KeepAlivePingDelay, Second, 60 * Minute);
        Within(nameof(options.KeepAlivePingTimeout), options.KeepAlivePingTimeout, Second, 60 * Minute);
        Within(nameof(options.DrainTime), options.DrainTime, TimeSpan.Zero, 5 * Minute);
        Within(nameof(options.RebalanceAfter), options.RebalanceAfter, TimeSpan.Zero, 60 * Minute);
        Within(nameof(options.RebalanceFloor), options.RebalanceFloor, 1, int.MaxValue);
        Within(nameof(options.RenewPeriod), options.RenewPeriod, Second, Second * 20);
        Within(nameof(options.Linger), options.Linger, TimeSpan.Zero, 10 * Minute);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Within<T>(string option, T value, T least, T most) where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
                errors.Add($"{option} is {value}; it must be between {least} and {most}");
        }
    }
}
