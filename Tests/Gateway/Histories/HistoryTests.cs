using CsCheck;
using Xunit;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>The promises of the stream, for random histories.</summary>
public sealed class HistoryTests
{
    [Fact]
    public void StreamState_AnyHistory_KeepsEveryPromise() =>
        History.Gen(200).Sample(steps => History.Play(new PlainSubject(), steps), iter: History.Count);

    [Fact]
    public void NodeView_AnyHistory_KeepsEveryPromise() =>
        History.Gen(200).Sample(steps => History.Play(new ViewSubject(), steps), iter: History.Count);
}
