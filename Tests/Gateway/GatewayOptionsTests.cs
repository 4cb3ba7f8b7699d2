using MetaCollector.Gateway;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Gateway.Limits;
using MetaCollector.Grains.Interfaces.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace MetaCollector.Tests.Gateway;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreRight() => Assert.NotNull(Options(_ => { }));

    [Fact]
    public void Validate_SeveralWrong_ReportsAllAtOnce()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Options(options =>
        {
            options.Kinds = KindSet.Of(ResourceKind.EndpointSlice);
            options.BurstEvents = 0;
            options.EventsPerSecond = -1;
            options.AuthorizeNodes = (NodeAuthorization)9;
            options.RebalanceAfter = TimeSpan.FromHours(2);
            options.RebalanceFloor = 0;
            options.Limits = new GatewayLimits
            {
                MaxStreams = 0, MaxStreamsPerPeer = 0, MaxStreamsPerConnection = 0, MaxRequestBytes = 1, MaxHeaderBytes = 1,
                ConnectionsPerSecond = 0, HandshakeTimeout = TimeSpan.Zero, IdleTimeout = TimeSpan.Zero, MemoryHighWater = 101,
            };
            options.StuckStreamLimit = TimeSpan.FromMilliseconds(1);
            options.KeepAlivePingDelay = TimeSpan.Zero;
            options.KeepAlivePingTimeout = TimeSpan.Zero;
            options.DrainTime = TimeSpan.FromHours(1);
            options.RenewPeriod = TimeSpan.Zero;
            options.Linger = TimeSpan.FromSeconds(-1);
        }));
        string[] cannotBeWrong = [nameof(GatewayOptions.AuthorizeExempt), nameof(GatewayOptions.Limits), nameof(GatewayOptions.Reflection)];
        var properties = typeof(GatewayOptions).GetProperties().Concat(typeof(GatewayLimits).GetProperties()).Select(property => property.Name);
        foreach (var property in properties.Except(cannotBeWrong))
            Assert.Contains(error.Failures, failure => failure.StartsWith($"{property} is ", StringComparison.Ordinal));
    }

    [Fact]
    public void Configure_OfTheHost_IsAskedOnce()
    {
        var asked = 0;
        Options(_ => asked++);
        Assert.Equal(1, asked);
    }

    private static GatewayOptions Options(Action<GatewayOptions> configure) =>
        new ServiceCollection().AddGateway(configure).BuildServiceProvider().GetRequiredService<IOptions<GatewayOptions>>().Value;
}
