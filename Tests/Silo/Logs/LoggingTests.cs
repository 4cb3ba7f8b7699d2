using MetaCollector.Silo.Logs;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MetaCollector.Tests.Silo.Logs;

public sealed class LoggingTests
{
    [Theory]
    [InlineData("MetaCollector.Informer.InformerService", LogLevel.Debug)]
    [InlineData("MetaCollector.Gateway.MetadataService", LogLevel.Information)]
    [InlineData("Orleans.Runtime.Catalog", LogLevel.Trace)]
    [InlineData("Orleans.Hosting", LogLevel.Warning)]
    [InlineData("MetaCollector.Grains.Leadership.LeaderService", LogLevel.Warning)]
    [InlineData("Polly", LogLevel.Critical)]
    [InlineData("Orleans.Runtime.MembershipService.MembershipTableManager", LogLevel.Trace)]
    [InlineData("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.Critical)]
    public void AddLines_LevelsOfCategories_CountForWhatIsBelowThem(string category, LogLevel least) => Assert.Equal(
        least, Least(category, new LogLevels(LogLevel.Information).With("Informer", LogLevel.Debug).With("Orleans.Runtime", LogLevel.Trace)));

    // What Orleans logs while a replica is lost, the program says itself; but not which of them cannot be connected to.
    [Theory]
    [InlineData("Orleans.Runtime.MembershipService.MembershipTableManager", LogLevel.Critical)]
    [InlineData("Orleans.Runtime.Messaging.Connection", LogLevel.Critical)]
    [InlineData("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Warning)]
    public void AddLines_NothingGiven_IsQuietAboutReplicasThatAreLost(string category, LogLevel least) =>
        Assert.Equal(least, Least(category, new LogLevels(LogLevel.Information)));

    // Orleans writes in their names, at info, how it starts them and what it moves at each change of the replicas.
    [Fact]
    public void GrainServices_AreAllOfThem() => Assert.Equal(
        typeof(MetaCollector.Grains.GrainsHosting).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(GrainService))).Select(type => type.FullName).Order(),
        Logging.GrainServices);

    private static LogLevel Least(string category, LogLevels levels)
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddLines(new CollectorOptions { LogLevels = levels })).BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        return Enum.GetValues<LogLevel>().First(logger.IsEnabled);
    }
}
