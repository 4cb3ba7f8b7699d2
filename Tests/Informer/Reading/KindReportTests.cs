using System.Diagnostics.Metrics;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Informer.Reading;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>What is told of a kind that cannot be read though the server answers.</summary>
public sealed class KindReportTests : IDisposable
{
    private const string Reason = "400 Client sent an HTTP request to an HTTPS server.";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly InformerStatus _status = new();
    private readonly RecordingLogger _log = new();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Failed_ByAllKindsForOneReason_IsLoggedOnce_AndStaysTheReasonOfEachUntilItIsRead()
    {
        _status.Watch(ResourceKinds.Standard, _ => 0, () => 0, () => 0);
        var metrics = new InformerMetrics(_services.GetRequiredService<IMeterFactory>(), _status, TimeProvider.System);
        var reachability = new Reachability(_status, TimeProvider.System, _log);
        var reports = KindEndpoint.Of(ResourceKinds.Standard)
            .Select(endpoint => new KindReport(endpoint, _status, metrics, reachability, TimeProvider.System, _log)).ToList();

        foreach (var report in reports) report.Listing();
        foreach (var report in reports) report.Failed(Reason);
        foreach (var report in reports) report.Listing();

        Assert.Contains(Reason, Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.All(_status.Kinds, kind => Assert.Equal((KindState.Listing, Reason), (kind.State, kind.Reason)));

        reports[0].Failed("another reason");
        Assert.Equal(2, _log.Warnings.Count);
        reports[0].Listed(1, new ListChanges(1, 0, 0), "pages", TimeSpan.Zero);
        Assert.Single(_status.Kinds, kind => kind.Reason is null);
    }
}
