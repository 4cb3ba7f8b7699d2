using System.Diagnostics.Metrics;
using System.Net;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Silo.Greetings;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Greetings;

public sealed class StrangersTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<Strangers> _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Strangers _strangers;

    public StrangersTests() => _strangers = new Strangers(_services.GetRequiredService<IMeterFactory>(), _time, _log);

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Came_Crowd_IsOneWarningInAWhileWithThePeerAndWhatToDo()
    {
        for (var i = 0; i < 100; i++) Come($"10.0.0.{i}");
        Assert.Equal(
            "somebody at 10.0.0.0 speaks TLS to this plaintext port: give the broker a certificate (--broker-server-cert), or take caPEMBundle out of that Falco's k8smeta",
            Assert.Single(_log.Warnings));
        _time.Advance(Strangers.BetweenWarnings);
        Come("::ffff:10.0.1.1");
        Assert.Contains("somebody at 10.0.1.1 speaks TLS", _log.Warnings[1], StringComparison.Ordinal);
        Assert.EndsWith("(99 more like it since the last such line)", _log.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Came_AnotherCause_IsToldToo()
    {
        Come("10.0.0.1");
        Come("10.0.0.1", StrangerCause.NotHttp2);
        Assert.Equal(2, _log.Warnings.Count);
    }

    [Fact]
    public void Recent_Crowd_IsTheNewestOfThem()
    {
        for (var i = 0; i < 1000; i++)
        {
            Come($"10.0.{i / 250}.{i % 250}");
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Come("10.0.3.249");
        var recent = _strangers.Recent();
        Assert.Equal(InspectionLimits.Names, recent.Count);
        Assert.Equal(("10.0.3.249", 2), (recent[0].Address, recent[0].Count));
        _time.Advance(Strangers.Memory + TimeSpan.FromSeconds(1));
        Assert.Empty(_strangers.Recent());
    }

    [Fact]
    public void Texts_EveryPortAndCause_SayWhoAndWhatToDo()
    {
        foreach (var port in Enum.GetValues<StrangerPort>())
        {
            var texts = Enum.GetValues<StrangerCause>().Select(cause => StrangerText.Of(port, cause, "10.0.0.7")).ToList();
            Assert.All(texts, text => Assert.StartsWith("somebody at 10.0.0.7 ", text, StringComparison.Ordinal));
            Assert.InRange(texts.Distinct().Count(), texts.Count - 1, texts.Count);
        }
    }

    private void Come(string address, StrangerCause cause = StrangerCause.TlsAtPlaintextPort) =>
        _strangers.Came(StrangerPort.Broker, cause, IPAddress.Parse(address), null);
}
