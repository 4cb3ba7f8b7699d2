using MetaCollector.Gateway.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Nodes;

public sealed class SubscriptionTroubleTests
{
    [Fact]
    public void Failed_ManyNodesForAWhile_IsTwoLines()
    {
        var logger = new RecordingLogger();
        var trouble = new SubscriptionTrouble(logger);
        for (var attempt = 0; attempt < 300; attempt++) trouble.Failed($"node-{attempt % 100}", new TimeoutException("no answer"));
        for (var node = 0; node < 100; node++) trouble.Over($"node-{node}");
        trouble.Over("node-0");

        Assert.Equal(
            ["Warning: cannot subscribe to node node-0, and perhaps to other nodes; trying again", "Information: subscribed to all nodes again; 100 were not subscribed to for a while"],
            logger.Lines);
    }
}
