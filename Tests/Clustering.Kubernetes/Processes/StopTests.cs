using System.Diagnostics;
using Grpc.Core;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>A stop ends, whatever the API server says or does not say: real processes are sent SIGTERM while it misbehaves.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    public enum Trouble
    {
        None,
        NamespaceDeleted,
        ApiServerAway,
        ApiServerSilent,
    }

    [Theory]
    [InlineData(Trouble.None, 1)]
    [InlineData(Trouble.NamespaceDeleted, 1)]
    [InlineData(Trouble.NamespaceDeleted, 2)]
    [InlineData(Trouble.ApiServerAway, 1)]
    [InlineData(Trouble.ApiServerAway, 2)]
    [InlineData(Trouble.ApiServerSilent, 1)]
    [InlineData(Trouble.ApiServerSilent, 2)]
    public async Task Replicas_Terminated_DrainStreamsAndEndInTime(Trouble trouble, int count)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var replicas = await Replicas.CreateAsync();
        replicas.AddPod("web", "node-0");
        var all = Enumerable.Range(0, count).Select(_ => replicas.Start()).ToArray();
        foreach (var replica in all) await Eventually.HoldsAsync(() => replicas.IsReadyAsync(replica), "a replica is ready");
        var streams = all.Select(replica => new StreamClient(new Uri($"http://127.0.0.1:{replica.BrokerPort}"), "node-0", expected: 2)).ToArray();
        foreach (var stream in streams) await stream.Complete.WaitAsync(Patience, TestContext.Current.CancellationToken);

        switch (trouble)
        {
            case Trouble.NamespaceDeleted: replicas.DeleteNamespace(); break;
            case Trouble.ApiServerAway: await replicas.StopApiServerAsync(); break;
            case Trouble.ApiServerSilent: replicas.SilenceApiServer(); break;
        }

        var began = Stopwatch.GetTimestamp();
        foreach (var replica in all) replica.Process.Signal(Signals.Terminate);
        using var limit = new CancellationTokenSource(DrainTime + TimeSpan.FromSeconds(10));
        foreach (var replica in all)
        {
            var ended = await Record.ExceptionAsync(() => replica.Process.WaitForExitAsync(limit.Token));
            Assert.True(ended is null, $"not gone after {Stopwatch.GetElapsedTime(began)}:\n{replica.Process.Tail}");
            TestContext.Current.TestOutputHelper?.WriteLine($"gone after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s:\n{replica.Process.Tail}");
        }

        Assert.All(all, replica => Assert.Equal(0, replica.Process.ExitCode));
        foreach (var stream in streams)
        {
            await stream.Closed;
            Assert.Equal(StatusCode.Aborted, stream.Ended!.Value.StatusCode);
            await stream.DisposeAsync();
        }

        Assert.All(all, replica =>
        {
            Assert.Equal(trouble == Trouble.None ? 0 : 1, Lines(replica, "could not be told that this silo leaves"));
            Assert.Equal(0, Lines(replica, "ends without"));
            // Two that stop at once have no time to tell each other where grains are, and Orleans complains.
            if (count == 1) Assert.Equal(0, Lines(replica, "\"level\":\"error\""));
            Assert.Equal(1, Lines(replica, "\"msg\":\"stopped\""));
        });
    }

    private static int Lines(Replica replica, string text) =>
        replica.Process.Tail.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
}
