using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

/// <summary>Candidates for one Lease, under a clock that only moves when all of them have nothing left to do.</summary>
internal sealed class Election : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _dead = [];

    public Election() => Lease = new(Time);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeLease Lease { get; }

    public List<Candidate> Candidates { get; } = [];

    public IReadOnlyList<Candidate> Leaders => [.. Candidates.Where(c => c.Leads is not null)];

    public Candidate Join(Random? random = null)
    {
        var candidate = new Candidate(Time, Lease, $"silo-{Candidates.Count}", IsDead, random);
        Candidates.Add(candidate);
        return candidate;
    }

    /// <summary>Declares a silo dead and tells everybody.</summary>
    public void DeclareDead(Candidate candidate)
    {
        lock (_dead) _dead.Add(candidate.Elector.Identity);
        foreach (var other in Candidates) other.Elector.Wake();
    }

    /// <summary>Lets time pass, in steps.</summary>
    public async Task PassAsync(TimeSpan duration)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += Step)
        {
            await SettleAsync();
            Time.Advance(Step);
        }

        await SettleAsync();
    }

    /// <summary>Lets time pass until something is so.</summary>
    /// <returns>The time that it took.</returns>
    public async Task<TimeSpan> UntilAsync(Func<bool> condition, TimeSpan atMost)
    {
        var passed = TimeSpan.Zero;
        while (true)
        {
            await SettleAsync();
            if (condition()) return passed;
            Assert.True(passed < atMost, $"not so after {atMost}");
            Time.Advance(Step);
            passed += Step;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in Candidates) await candidate.StopAsync();
    }

    private async Task SettleAsync()
    {
        var started = Stopwatch.GetTimestamp();
        // Twice in a row: between two timers there is a moment without any, and a leader found is noted a moment later.
        for (var quiet = 0; quiet < 3; quiet++)
        {
            await Task.Yield();
            if (!Candidates.TrueForAll(candidate => candidate.IsIdle)) quiet = -1;
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the candidates never come to rest");
        }
    }

    private bool IsDead(string holder)
    {
        lock (_dead) return _dead.Contains(holder);
    }
}
