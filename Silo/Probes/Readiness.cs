using System.Net;
using System.Text;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Probes;

/// <summary>
/// Whether this replica may be sent subscribers. It latches: false until this silo has seen a synced term, then true until it stops,
/// is no longer a member, or the leader is refused Pods or Namespaces: a rollout whose rights are missing has to stop. A later loss of the
/// API server is told in the details only: to leave the Service for that would close the door on streams that could be served what is
/// known. Thread-safe.
/// </summary>
internal sealed class Readiness
{
    private volatile Func<SiloReport>? _look;
    private volatile bool _hasSynced;
    private volatile bool _isStopping;
    private volatile string _phase = "starting";

    /// <summary>What the program is at, in words, while there is no silo to ask.</summary>
    public void Phase(string phase) => _phase = phase;

    /// <summary>From now on, ask this silo.</summary>
    public void Watch(Func<SiloReport> look) => _look = look;

    /// <summary>The program ends: not ready from now on.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Asks, for somebody who comes from <paramref name="peer"/>: strangers are told whether, and not why.</summary>
    /// <remarks>Kubernetes only looks at the status; who may look into the pod (<c>kubectl port-forward</c>) comes from loopback.</remarks>
    public (bool IsReady, string Text) Ask(IPAddress? peer)
    {
        var (isReady, text) = Ask();
        if (peer is not null && IPAddress.IsLoopback(NodeAddress.Plain(peer))) return (isReady, text);
        return (isReady, isReady ? "ok\n" : "not ready\n");
    }

    /// <summary>Asks.</summary>
    /// <returns>Whether it is ready, and a text for people: the reason or the state first, then details, a line each.</returns>
    public (bool IsReady, string Text) Ask()
    {
        var report = _look?.Invoke();
        if (report is { HasSyncedTerm: true, IsMember: true }) _hasSynced = true;
        var reason = report switch
        {
            _ when _isStopping => "stopping",
            null => _phase,
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

/// <summary>What a silo says of itself. Immutable.</summary>
/// <param name="IsMember">Whether it is an active member of the cluster.</param>
/// <param name="Membership">Its status, in a word.</param>
/// <param name="HasSyncedTerm">Whether it knows of a leader that is in sync.</param>
/// <param name="Waiting">What it waits for until then.</param>
/// <param name="Details">More for people: name and value.</param>
internal sealed record SiloReport(
    bool IsMember, string Membership, bool HasSyncedTerm, string Waiting, IReadOnlyList<(string Name, string Value)> Details)
{
    /// <summary>Why the leader cannot read Pods or Namespaces; null where it can.</summary>
    public string? Blindness { get; init; }
}
