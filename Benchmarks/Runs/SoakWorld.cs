using MetaCollector.Simulator;
using MetaCollector.Testing.Api;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>All that stands between the collector and the objects, and what can go wrong with it.</summary>
internal sealed class SoakWorld(ApiServerSimulator simulator, ApiProxy proxy, Random dice)
{
    private const int BufferOfProxy = 64 * 1024;

    private static readonly string[] Resources = ["pods", "namespaces", "services", "replicasets", "deployments", "daemonsets", "endpointslices", "*"];

    // Of these, references are copied from ownerReferences.
    private static readonly Dictionary<string, string> Owners = new() { ["replicasets"] = "ReplicaSet", ["deployments"] = "Deployment", ["daemonsets"] = "DaemonSet" };

    private readonly List<string> _forbidden = [];
    private readonly HashSet<string> _unread = [];

    public ApiServerSimulator Simulator => simulator;

    /// <summary>Does one thing.</summary>
    public async Task DisturbAsync(List<SoakSubscriber> subscribers)
    {
        switch (dice.Next(11))
        {
            case 0: simulator.Faults.CutWatches(); break;
            case 1: simulator.Faults.ExpireWatches(); break;
            case 2: simulator.Faults.FreezeWatches("pods"); break;
            case 3: simulator.Faults.Answer(429, times: 5, retryAfterSeconds: 1); simulator.Faults.CutWatches(); break;
            case 4: simulator.Faults.Answer(500, times: 5); simulator.Faults.EndWatches(); break;
            case 5: simulator.Compact(); simulator.Faults.CutWatches(); break;
            case 6: await RestoreAsync(subscribers); break;
            case 7: Forbid(Resources[dice.Next(Resources.Length)], subscribers); break;
            case 8: Allow(); break;
            case 9: proxy.HoldBack = proxy.HoldBack == 0 ? BufferOfProxy : 0; break;
            default: await simulator.RestartAsync(TimeSpan.FromMilliseconds(500)); break;
        }
    }

    /// <summary>What lasts is over.</summary>
    public void Mend()
    {
        Allow();
        _unread.Clear();
        proxy.HoldBack = 0;
    }

    private void Forbid(string resource, List<SoakSubscriber> subscribers)
    {
        _forbidden.Add(resource);
        _unread.UnionWith(resource == "*" ? Owners.Values : Owners.TryGetValue(resource, out var kind) ? [kind] : []);
        foreach (var subscriber in subscribers) subscriber.CannotRead([.. _unread]);
        foreach (var verb in (string[])["list", "watch"]) simulator.Access.Forbid(verb, resource);
        simulator.Faults.CutWatches(resource);
    }

    private void Allow()
    {
        foreach (var resource in _forbidden)
            foreach (var verb in (string[])["list", "watch"]) simulator.Access.Allow(verb, resource);
        _forbidden.Clear();
    }

    // To the state of a moment ago; what the changes since then have made is gone, what they have deleted is back.
    private async Task RestoreAsync(List<SoakSubscriber> subscribers)
    {
        var older = simulator.Objects.Snapshot();
        await Task.Delay(TimeSpan.FromSeconds(1));
        foreach (var subscriber in subscribers) subscriber.MayComeBack();
        await simulator.RestartAsync(TimeSpan.FromMilliseconds(200), older);
    }
}
