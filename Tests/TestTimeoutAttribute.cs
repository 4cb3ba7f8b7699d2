using System.Collections.Concurrent;
using System.Reflection;
using Xunit;
using Xunit.v3;

[assembly: MetaCollector.Tests.TestTimeout]

namespace MetaCollector.Tests;

/// <summary>
/// No test runs for ever: after its time its <see cref="TestContext"/> is cancelled, so that it says where it waits; one that goes on all the same ends the
/// whole run, by its name. A test that needs longer than <see cref="Usual"/> says so with <c>[Fact(Timeout = ...)]</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class TestTimeoutAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Limit> _running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        var limit = test.Timeout > 0 ? TimeSpan.FromMilliseconds(test.Timeout) : Usual;
        _running[test.UniqueID] = new Limit(TimeProvider.System, limit, Grace, context.CancelCurrentTest, () => Abort(test.TestDisplayName, limit + Grace));
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_running.TryRemove(test.UniqueID, out var limit)) limit.Dispose();
    }

    private static void Abort(string test, TimeSpan time)
    {
        Console.Error.WriteLine($"{test} has not ended after {time} and does not heed its cancellation: the run is given up.");
        Environment.Exit(3);
    }

    /// <summary>The time of one test: cancels when it is over, gives up when it is well over. Thread-safe.</summary>
    internal sealed class Limit : IDisposable
    {
        private readonly ITimer _cancel;
        private readonly ITimer _giveUp;

        public Limit(TimeProvider clock, TimeSpan limit, TimeSpan grace, Action cancel, Action giveUp)
        {
            _cancel = clock.CreateTimer(_ => cancel(), null, limit, Timeout.InfiniteTimeSpan);
            _giveUp = clock.CreateTimer(_ => giveUp(), null, limit + grace, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _cancel.Dispose();
            _giveUp.Dispose();
        }
    }
}
