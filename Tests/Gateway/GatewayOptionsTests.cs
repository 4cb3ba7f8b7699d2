using MetaCollector.Gateway;
using MetaCollector.Gateway.Hosting;
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
            options.MaxStreams = 0;
            options.StuckStreamLimit = TimeSpan.FromMilliseconds(1);
            options.KeepAlivePingDelay = TimeSpan.Zero;
            options.KeepAlivePingTimeout = TimeSpan.Zero;
            options.DrainTime = TimeSpan.FromHours(1);
            options.RenewPeriod = TimeSpan.Zero;
            options.Linger = TimeSpan.FromSeconds(-1);
        }));
        foreach (var property in typeof(GatewayOptions).GetProperties())
            Assert.Contains(error.Failures, failure => failure.StartsWith($"{property.Name} is ", StringComparison.Ordinal));
    }

    private static GatewayOptions Options(Action<GatewayOptions> configure) =>
        new ServiceCollection().AddGateway(configure).BuildServiceProvider().GetRequiredService<IOptions<GatewayOptions>>().Value;
}
