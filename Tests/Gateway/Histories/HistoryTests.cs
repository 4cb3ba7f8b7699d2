using CsCheck;
using Xunit;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>The promises of the stream, for random histories.</summary>
public sealed class HistoryTests
{
    [Fact]
    public void StreamState_AnyHistory_KeepsEveryPromise() =>
        StreamHistory.Gen(200).Sample(steps => StreamHistory.Play(new PlainSubject(), steps), iter: StreamHistory.Count);

    [Fact]
    public void NodeView_AnyHistory_KeepsEveryPromise() =>
        StreamHistory.Gen(200).Sample(steps => StreamHistory.Play(new ViewSubject(), steps), iter: StreamHistory.Count);
}
