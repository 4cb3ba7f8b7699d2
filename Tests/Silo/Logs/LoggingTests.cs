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
    [InlineData("Orleans.Runtime.Messaging.ConnectionManager", LogLevel.Warning)]
    [InlineData("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.Critical)]
    public void AddLines_LevelsOfCategories_CountForWhatIsBelowThem(string category, LogLevel least)
    {
        var levels = new LogLevels(LogLevel.Information).With("Informer", LogLevel.Debug).With("Orleans.Runtime.Catalog", LogLevel.Trace);
        using var services = new ServiceCollection().AddLogging(logging => logging.AddLines(new CollectorOptions { LogLevels = levels })).BuildServiceProvider();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        Assert.Equal(least, Enum.GetValues<LogLevel>().First(logger.IsEnabled));
    }

    // Orleans writes in their names, at info, how it starts them and what it moves at each change of the replicas.
    [Fact]
    public void GrainServices_AreAllOfThem() => Assert.Equal(
        typeof(MetaCollector.Grains.GrainsHosting).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(GrainService))).Select(type => type.FullName).Order(),
        Logging.GrainServices);
}
