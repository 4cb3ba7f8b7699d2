using System.Globalization;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Workloads of all kinds with their pods and services, until every place on the nodes is taken.</summary>
internal sealed class Workloads(Dice dice, Action<KubernetesObject> create, Queue<string> slots)
{
    private static readonly string[] Apps = ["web", "api", "cart", "search", "mail", "auth", "billing", "catalog", "media", "report", "worker", "cache", "queue", "feed", "geo"];
    private readonly Services _services = new(dice, create);
    private int _number;

    public int SlotsLeft => slots.Count;

    /// <summary>Creates one workload in a namespace.</summary>
    public void Create(string ns)
    {
        var app = string.Create(CultureInfo.InvariantCulture, $"{dice.Pick(Apps)}-{_number++}");
        var replicas = Math.Min(slots.Count, 1 + dice.Below(10));
        switch (dice.Below(100))
        {
            case < 62:
                Deployment(ns, app, replicas);
                break;
            case < 74:
                StatefulSet(ns, app, Math.Min(replicas, 5));
                break;
            case < 83:
                Job(ns, app, Math.Min(replicas, 3), scheduled: dice.Chance(0.5));
                break;
            case < 89:
                ReplicationController(ns, app, replicas);
                break;
            case < 93:
                BareReplicaSet(ns, app, replicas);
                break;
            default:
                var template = Template(app, ns);
                create(template.Pod(app, ns, slots.Dequeue(), owner: null));
                break;
        }
    }

    private void Deployment(string ns, string app, int replicas)
    {
        var template = Template(app, ns);
        var deployment = Kube.Deployment(app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns)).Selecting(("app.kubernetes.io/name", app))
            .With("spec.replicas", replicas).With("spec.template", template.Document).With("status.replicas", replicas)
            .Annotated(("deployment.kubernetes.io/revision", "2"));
        create(deployment);
        if (dice.Chance(0.5))
        {
            create(ReplicaSetOf(deployment, app, dice.Hex(10), 0, Template(app, ns)));
        }

        var hash = dice.Hex(10);
        var set = ReplicaSetOf(deployment, app, hash, replicas, template);
        create(set);
        var pods = Pods(replicas, template, set, new JsonMap(("pod-template-hash", hash)));
        if (dice.Chance(0.7))
        {
            _services.WithSelector(ns, app, pods, headless: false);
        }

        if (dice.Chance(0.05))
        {
            _services.WithoutSelector(ns, app + "-external", pods);
        }
    }

    private KubernetesObject ReplicaSetOf(KubernetesObject deployment, string app, string hash, int replicas, PodTemplate template) =>
        Kube.ReplicaSet($"{app}-{hash}").WithUid(dice.Uid()).OwnedBy(deployment).Labelled(Common(app, deployment.Namespace)).Labelled(("pod-template-hash", hash))
            .Selecting(("app.kubernetes.io/name", app), ("pod-template-hash", hash))
            .With("spec.replicas", replicas).With("spec.template", template.Document).With("status.replicas", replicas);

    private void BareReplicaSet(string ns, string app, int replicas)
    {
        var template = Template(app, ns);
        var set = Kube.ReplicaSet(app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns)).Selecting(("app.kubernetes.io/name", app))
            .With("spec.replicas", replicas).With("spec.template", template.Document);
        create(set);
        Pods(replicas, template, set, null);
    }

    private void ReplicationController(string ns, string app, int replicas)
    {
        var template = Template(app, ns);
        var controller = Kube.ReplicationController(app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns)).Selecting(("app.kubernetes.io/name", app))
            .With("spec.replicas", replicas).With("spec.template", template.Document);
        create(controller);
        _services.WithSelector(ns, app, Pods(replicas, template, controller, null), headless: false);
    }

    private void StatefulSet(string ns, string app, int replicas)
    {
        var template = Template(app, ns);
        var set = Kube.StatefulSet(app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns)).Selecting(("app.kubernetes.io/name", app))
            .With("spec.replicas", replicas).With("spec.serviceName", app).With("spec.template", template.Document);
        create(set);
        var pods = new List<KubernetesObject>();
        for (var i = 0; i < replicas; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{app}-{i}");
            pods.Add(template.Pod(name, ns, slots.Dequeue(), set, new JsonMap(
                ("statefulset.kubernetes.io/pod-name", name), ("apps.kubernetes.io/pod-index", i.ToString(CultureInfo.InvariantCulture)))));
            create(pods[^1]);
        }

        _services.WithSelector(ns, app, pods, headless: true);
    }

    private void Job(string ns, string app, int replicas, bool scheduled)
    {
        var template = Template(app, ns);
        var job = Kube.Job(scheduled ? $"{app}-{29_000_000 + dice.Below(1_000_000)}" : app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns))
            .With("spec.completions", replicas).With("spec.parallelism", replicas).With("spec.template", template.Document).With("status.active", replicas);
        if (scheduled)
        {
            var parent = Kube.CronJob(app).In(ns).WithUid(dice.Uid()).Labelled(Common(app, ns)).Set("spec.schedule", "*/5 * * * *")
                .With("spec.jobTemplate.spec.template", template.Document);
            create(parent);
            job = job.OwnedBy(parent);
        }

        create(job);
        Pods(replicas, template, job, new JsonMap(("batch.kubernetes.io/job-name", job.Name), ("batch.kubernetes.io/controller-uid", job.Uid)));
    }

    private List<KubernetesObject> Pods(int count, PodTemplate template, KubernetesObject owner, JsonMap? labels)
    {
        var pods = new List<KubernetesObject>();
        for (var i = 0; i < count; i++)
        {
            pods.Add(template.Pod($"{owner.Name}-{dice.Suffix()}", owner.Namespace, slots.Dequeue(), owner, labels));
            create(pods[^1]);
        }

        return pods;
    }

    private PodTemplate Template(string app, string ns) => new(dice, app, new JsonMap(
        ("app.kubernetes.io/name", app), ("app.kubernetes.io/part-of", ns), ("app.kubernetes.io/managed-by", "Helm"),
        ("app.kubernetes.io/version", $"1.{dice.Below(30)}.0"), ("helm.sh/chart", app + "-1.2.3")));

    private static (string, string)[] Common(string app, string ns) =>
        [("app.kubernetes.io/name", app), ("app.kubernetes.io/part-of", ns), ("app.kubernetes.io/managed-by", "Helm"), ("helm.sh/chart", app + "-1.2.3")];
}
