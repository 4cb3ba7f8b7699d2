using System.Net;
using System.Text;
using MetaCollector.Grains.Interfaces.Model;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MetaCollector.Silo.Probes;

/// <summary>
/// Whether this replica is ready for subscribers. Ready once this silo has seen a leader in sync, and from then on until it stops, is no longer a member, or
/// the API server refuses the leader Pods or Namespaces, so that a rollout without these rights stops. A later loss of the API server shows in the
/// details only: the replica goes on serving what it knows. Thread-safe.
/// </summary>
internal sealed class Readiness
{
    private volatile Func<SiloReport>? _look;
    private volatile bool _hasSynced;
    private volatile bool _isStopping;
    private volatile Func<string> _phase = () => "starting";

    /// <summary>Sets the reason why it is not ready, until <see cref="Watch"/> is called.</summary>
    public void Phase(Func<string> phase) => _phase = phase;

    /// <summary>From now on, takes the state from this silo.</summary>
    public void Watch(Func<SiloReport> look) => _look = look;

    /// <summary>Not ready from now on: the program stops.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>The state for <paramref name="peer"/>; the reason and the details for loopback alone.</summary>
    /// <remarks>Kubernetes needs the status only; people who may look into the pod (<c>kubectl port-forward</c>) come from loopback.</remarks>
    public (bool IsReady, string Text) Ask(IPAddress? peer)
    {
        var (isReady, text) = Ask();
        if (peer is not null && IPAddress.IsLoopback(NodeAddress.Plain(peer))) return (isReady, text);
        return (isReady, isReady ? "ok\n" : "not ready\n");
    }

    /// <summary>The state for gRPC health checking, on the broker's port.</summary>
    public HealthCheckResult Check() =>
        Ask() is (false, var text) ? HealthCheckResult.Unhealthy(text.Split('\n')[0]) : HealthCheckResult.Healthy();

    /// <returns>Whether it is ready, and a text: "ok" or the reason first, then details, a line each.</returns>
    public (bool IsReady, string Text) Ask()
    {
        var report = _look?.Invoke();
        if (report is { HasSyncedTerm: true, IsMember: true }) _hasSynced = true;
        var reason = report switch
        {
            _ when _isStopping => "stopping",
            null => _phase(),
            { IsMember: false } => $"this silo is not an active member of the cluster: {report.Membership}",
            { Blindness: { } blindness } => blindness,
            _ when !_hasSynced => report.Waiting,
            _ => null,
        };
        var text = new StringBuilder(reason is null ? "ok" : $"not ready: {reason}").Append('\n');
        foreach (var (name, value) in report?.Details ?? []) text.Append(name).Append(": ").Append(value).Append('\n');
        return (reason is null, text.ToString());
    }
}

/// <summary>The state of a silo. Immutable.</summary>
/// <param name="IsMember">Whether it is an active member of the cluster.</param>
/// <param name="Membership">Its status, in a word.</param>
/// <param name="HasSyncedTerm">Whether it knows a leader that is in sync.</param>
/// <param name="Waiting">What it waits for until it is ready.</param>
/// <param name="Details">Details: name and value.</param>
internal sealed record SiloReport(
    bool IsMember, string Membership, bool HasSyncedTerm, string Waiting, IReadOnlyList<(string Name, string Value)> Details)
{
    /// <summary>Why the leader cannot read Pods or Namespaces; null where it can.</summary>
    public string? Blindness { get; init; }
}
