using MetaCollector.Tests.Grains.Histories;
using Xunit;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>The relations of a namespace, for random histories.</summary>
public sealed class RelationsPropertyTests
{
    [Fact]
    public void NamespaceRelations_AnyHistory_EqualsOracleAfterEachBatch() =>
        HistorySearch.Check(steps => new RelationsHistory().Play(steps), RelationsHistory.Verbs);
}
