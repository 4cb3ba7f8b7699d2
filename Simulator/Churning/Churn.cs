using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Clusters;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Churning;

/// <summary>Keeps a cluster changing at a set rate. Choose with <see cref="ApiServerSimulator.StartChurn"/>.</summary>
public sealed class Churn
{
    private static readonly ResourceType[] Labelled =
        [ResourceTypes.Deployments, ResourceTypes.ReplicaSets, ResourceTypes.DaemonSets, ResourceTypes.StatefulSets, ResourceTypes.Namespaces];

    private readonly ObjectOperations _objects;
    private readonly TimeProvider _clock;
    private readonly Dice _dice;
    private readonly Action<KubernetesObject>? _changed;
    private readonly List<(Action Step, int Weight)> _steps;
    private readonly int _weights;
    private readonly List<KubernetesObject> _pods;
    private readonly List<KubernetesObject> _statefulPods;
    private readonly List<KubernetesObject> _services;
    private readonly List<KubernetesObject> _owners;
    private long _changes;
    private long _number;

    internal Churn(ObjectOperations objects, TimeProvider clock, ChurnMix mix, int seed, Action<KubernetesObject>? changed, string? spared = null)
    {
        _objects = objects;
        _clock = clock;
        _dice = new Dice(seed, clock.GetUtcNow());
        _changed = changed;
        _pods = [.. objects.List(ResourceTypes.Pods).Where(pod => pod.Namespace != spared)];
        _statefulPods = [.. _pods.Where(pod => pod.Owners is [{ Kind: "StatefulSet" }])];
        _pods.RemoveAll(pod => pod.Owners is [{ Kind: "StatefulSet" }]);
        _services = [.. objects.List(ResourceTypes.Services).Where(service => service.Texts("spec", "selector").Count > 0)];
        _owners = [.. Labelled.SelectMany(type => objects.List(type))];
        _steps =
        [
            (RelabelPod, mix.PodLabels), (TouchStatus, mix.StatusNoise), (MovePod, mix.PodAddresses), (ReplacePod, mix.Replacements),
            (RebirthPod, mix.Rebirths), (RelabelOwner, mix.OwnerLabels), (ReselectService, mix.ServiceSelectors), (AnnotatePod, mix.Annotations),
        ];
        _weights = _steps.Sum(step => step.Weight);
    }

    /// <summary>How many object changes were made until now.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>Changes objects until cancelled.</summary>
    /// <param name="perSecond">Object changes in a second; fractions are possible.</param>
    /// <param name="cancellation">Ends it, without an exception.</param>
    internal async Task RunAsync(double perSecond, CancellationToken cancellation)
    {
        if (_weights == 0 || _pods.Count + _owners.Count == 0)
        {
            return;
        }

        var start = _clock.GetTimestamp();
        long due = 0;
        while (!cancellation.IsCancellationRequested)
        {
            due = (long)(_clock.GetElapsedTime(start).TotalSeconds * perSecond);
            while (Changes < due && !cancellation.IsCancellationRequested)
            {
                Step();
            }

            var pause = TimeSpan.FromSeconds(Math.Clamp(1 / perSecond, 0.002, 1));
            await Task.Delay(pause, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Makes one change (a replacement counts as three).</summary>
    internal void Step()
    {
        var roll = _dice.Below(_weights);
        var before = Changes;
        foreach (var (step, weight) in _steps)
        {
            if ((roll -= weight) < 0)
            {
                step();
                break;
            }
        }

        if (Changes == before)
        {
            // There was nothing of that kind to change. It counts, so that the rate cannot run away.
            Interlocked.Increment(ref _changes);
        }
    }

    private void RelabelPod() => Try(_pods, pod => pod.Labelled(("churn", Next())));

    private void AnnotatePod() => Try(_pods, pod => pod.Annotated(("example.com/touched", Next())));

    private void MovePod() => Try(_pods, pod => pod.WithIP(_dice.Address()));

    private void RelabelOwner() => Try(_owners, owner => owner.Labelled(("churn", Next())));

    private void TouchStatus() => Try(_pods, pod =>
    {
        var statuses = pod.Document.At("status", "containerStatuses")?.Items;
        var count = new JsonMap(("name", "main"), ("ready", true), ("restartCount", Interlocked.Increment(ref _number)));
        return pod.With("status.containerStatuses", statuses is [JsonMap first, ..]
            ? new JsonList(first.With("restartCount", count["restartCount"]!)) : new JsonList(count));
    });

    private void ReselectService() => Try(_services, service =>
    {
        var other = _dice.Pick(_services);
        return service.With("spec.selector", other.Document.At("spec", "selector")!);
    });

    private void ReplacePod() => Replace(_pods, pod => pod.Owners.Count == 0 ? pod.Name : $"{pod.Owners[0].Name}-{_dice.Suffix()}");

    private void RebirthPod() => Replace(_statefulPods, pod => pod.Name);

    private void Replace(List<KubernetesObject> pods, Func<KubernetesObject, string> nameOf)
    {
        if (pods.Count == 0)
        {
            return;
        }

        var at = _dice.Below(pods.Count);
        try
        {
            var old = _objects.Get(pods[at]) ?? pods[at];
            var name = nameOf(old);
            while (name != old.Name && _objects.Get(old.Type, old.Namespace, name) is not null)
            {
                name = nameOf(old);
            }

            _objects.Delete(old);
            Count(old);
            // The uid is the server's to give: chance that begins at one seed comes to the same uids again, of this churn, another, or the cluster's objects.
            var born = _objects.Create(old.Set("metadata.name", name).Unset("metadata.uid").Unset("metadata.resourceVersion").Unset("metadata.creationTimestamp")
                .Unset("status.podIP").Unset("status.podIPs").InPhase("Pending"));
            Count(born);
            pods[at] = _objects.Change(born, pod => pod.WithIP(_dice.Address()));
            Count(pods[at]);
        }
        catch (ApiException)
        {
            // Somebody else removed it, or its namespace.
        }
    }

    private void Try(List<KubernetesObject> candidates, Func<KubernetesObject, KubernetesObject> change)
    {
        if (candidates.Count == 0)
        {
            return;
        }

        try
        {
            long before = 0;
            var changed = _objects.Change(_dice.Pick(candidates), current =>
            {
                before = current.ResourceVersion;
                return change(current);
            });
            if (changed.ResourceVersion != before)
            {
                Count(changed);
            }
        }
        catch (ApiException)
        {
            // Somebody else removed it.
        }
    }

    private void Count(KubernetesObject changed)
    {
        Interlocked.Increment(ref _changes);
        _changed?.Invoke(changed);
    }

    private string Next() => Interlocked.Increment(ref _number).ToString(CultureInfo.InvariantCulture);
}
