using MetaCollector.Tests;
using MetaCollector.Tests.Clustering.Kubernetes.Processes;
using MetaCollector.Tests.EndToEnd;
using MetaCollector.Tests.Install.Images;
using MetaCollector.Tests.Monitoring;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace MetaCollector.Tests;

/// <summary>
/// The classes that take longest begin first, so that none of them is still under way when all others are done. The order of the others is any, as
/// everywhere in xunit.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Longest =
    [
        typeof(ImageTests), typeof(ReplicaAlertTests), typeof(ReadingAlertTests), typeof(StopTests), typeof(DoorAlertTests), typeof(InsideAlertTests),
        typeof(FaultTests), typeof(TroubleshootingTests), typeof(StreamAlertTests), typeof(RefusalTests), typeof(ChaosTests), typeof(MonitoringTests),
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(RankOf).ThenBy(_ => Random.Shared.Next())];

    // A class without a collection of its own is one, and named in what that is called.
    private static int RankOf<TTestCollection>(TTestCollection collection) where TTestCollection : ITestCollection
    {
        var rank = Array.FindIndex(Longest, type => collection.TestCollectionDisplayName.Contains($" {type.FullName} ", StringComparison.Ordinal));
        return rank < 0 ? Longest.Length : rank;
    }
}
