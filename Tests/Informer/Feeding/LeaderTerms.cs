using System.Diagnostics.Metrics;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MetaCollector.Tests.Informer.Feeding;

/// <summary>Makes terms for tests.</summary>
internal static class LeaderTerms
{
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public static LeaderTerm Of(
        long number, Func<Batch<ResourceChange>, KindSet, Task<Receipt>> send, TimeProvider? time = null, int maxSnapshots = 64, FeedMetrics? metrics = null) =>
        new(number, send, time ?? TimeProvider.System, new FaultsSeen().Faults, (_, _) => { }, maxSnapshots, metrics ?? new FeedMetrics(Meters, TimeProvider.System));
}
