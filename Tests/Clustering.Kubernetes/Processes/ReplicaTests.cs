using System.Diagnostics;
using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>Real processes that find each other through the API server, and what becomes of them when some of them die.</summary>
public sealed class ReplicaTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Replicas_KilledDeletedAndAllLost_AreDeclaredDeadAndReplaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var replicas = await Replicas.CreateAsync();
        var first = new[] { replicas.Start(), replicas.Start(), replicas.Start() };
        foreach (var replica in first) await UntilAsync("a replica is ready", async () => await replicas.IsReadyAsync(replica));
        Assert.All(first, replica => Assert.Equal("Active", replicas.StatusOf(replica)));

        // The table and the Lease are deleted under them: nobody minds.
        var term = replicas.Term;
        var leader = Assert.Single(first, replicas.Leads);
        replicas.DeleteTable();
        replicas.DeleteLease();
        await UntilAsync("the Lease is back", () => Task.FromResult(replicas.Leads(leader) && replicas.Term == term));
        await UntilAsync("the table is back", () => Task.FromResult(first.All(replica => replicas.StatusOf(replica) == "Active")));

        // The leader's process is killed, its pod stays: probes.
        leader.Process.Signal(Signals.Kill);
        await UntilAsync("the killed leader is declared dead", () => Task.FromResult(replicas.StatusOf(leader) == "Dead"));
        var others = first.Where(replica => replica != leader).ToArray();
        await UntilAsync("another one leads", () => Task.FromResult(others.Any(replicas.Leads)));
        Assert.True(replicas.Term > term);

        // The pod of another one is deleted, its process lives: it is told that it is dead, and ends.
        var deleted = others[0];
        deleted.DeletePod();
        await UntilAsync("the silo without a pod is declared dead", () => Task.FromResult(replicas.StatusOf(deleted) == "Dead"));
        await UntilAsync("it ends", () => Task.FromResult(deleted.Process.HasExited));

        // The last one goes with its pod, and all are replaced under other addresses: they join without waiting for the dead.
        others[1].Process.Signal(Signals.Kill);
        foreach (var replica in (Replica[])[leader, others[1]]) replica.DeletePod();
        var second = new[] { replicas.Start(), replicas.Start(), replicas.Start() };
        foreach (var replica in second) await UntilAsync("a replacement is ready", async () => await replicas.IsReadyAsync(replica));
        Assert.All(second, replica => Assert.Equal("Active", replicas.StatusOf(replica)));
        Assert.All(first, replica => Assert.Equal("Dead", replicas.StatusOf(replica)));
    }

    [Fact]
    public async Task Replica_StartedWhileTheApiServerIsAway_SaysSoAndWaits_AndCanBeStopped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var replicas = await Replicas.CreateAsync();
        await replicas.StopApiServerAsync();
        var (stopped, waiting) = (replicas.Start(), replicas.Start());
        foreach (var replica in (Replica[])[stopped, waiting])
        {
            await UntilAsync(
                "it says what it waits for",
                () => Task.FromResult(replica.Process.Tail.Contains("cannot be read:", StringComparison.Ordinal)));
        }

        stopped.Process.Signal(Signals.Terminate);
        await UntilAsync("it ends when it is asked to", () => Task.FromResult(stopped.Process.HasExited));
        Assert.Equal(0, stopped.Process.ExitCode);

        Assert.False(waiting.Process.HasExited);
        await replicas.ResumeApiServerAsync();
        await UntilAsync("it is ready", async () => await replicas.IsReadyAsync(waiting));
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"not so after {Patience}: {what}");
            await poll.WaitForNextTickAsync();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0.0} s until {what}");
    }
}
