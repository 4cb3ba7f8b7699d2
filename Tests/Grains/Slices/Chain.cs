using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Grains.Histories;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>
/// The whole way of the data, from leaders over the namespace and its nodes to observers, as plain classes: messages are lost,
/// answered late or never, repeated and reordered; each part may be replaced by an empty one, or be there twice.
/// </summary>
internal sealed class Chain
{
    /// <summary>The verbs that count here; those that are listed more often come more often.</summary>
    public static readonly Verb[] Verbs =
    [
        Verb.Create, Verb.Create, Verb.Create, Verb.Create, Verb.Delete, Verb.Label, Verb.GiveIp, Verb.Bind, Verb.Own, Verb.Own, Verb.Select, Verb.Aim,
        Verb.Watch, Verb.Deliver, Verb.Deliver, Verb.Deliver, Verb.Deliver, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send,
        Verb.Send, Verb.Send, Verb.Send, Verb.Replay, Verb.Replace, Verb.Verify, Verb.Verify, Verb.Term,
    ];

    /// <summary>Few changes and much trouble with them.</summary>
    public static readonly Verb[] Trouble =
    [
        Verb.Create, Verb.Create, Verb.Create, Verb.Label, Verb.Select, Verb.Delete, Verb.Deliver, Verb.Deliver, Verb.Send, Verb.Send, Verb.Send, Verb.Send,
        Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Replay, Verb.Replay, Verb.Replace, Verb.Replace,
        Verb.Verify, Verb.Verify, Verb.Verify, Verb.Verify,
    ];

    /// <summary>Kinds that are refused and can be read again, while grains and leaders are lost.</summary>
    public static readonly Verb[] Refusals =
    [
        Verb.Create, Verb.Create, Verb.Create, Verb.Own, Verb.Own, Verb.Own, Verb.Select, Verb.Aim, Verb.Label, Verb.Delete, Verb.Refuse, Verb.Refuse, Verb.Watch,
        Verb.Deliver, Verb.Deliver, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send, Verb.Send,
        Verb.Replay, Verb.Replace, Verb.Replace, Verb.Verify, Verb.Verify, Verb.Verify, Verb.Term, Verb.Term,
    ];

    private static readonly ClusterStep Everything = new(Verb.Deliver, 0, 0, 1);

    private readonly Rules _rules;
    private readonly Truth _truth = new();
    private readonly Cluster _cluster = new(ResourceKinds.Standard.With(ResourceKind.EndpointSlice));
    private readonly List<Link> _all = [];
    private readonly List<(Leader Leader, Link Link)> _leaders = [];
    private readonly List<ResourceReplica> _resources = [];
    private readonly Dictionary<string, List<NodeReplica>> _nodes;
    private readonly Dictionary<string, Observer> _observers;
    private long _term;

    public Chain(Rules rules)
    {
        _rules = rules;
        _resources.Add(NewResources());
        var names = ClusterStep.Nodes.Where(node => node.Length > 0).ToArray();
        _nodes = names.ToDictionary(node => node, node => new List<NodeReplica> { new(node, _truth, rules) });
        _observers = names.ToDictionary(node => node, node => new Observer(node, _truth, _rules));
        foreach (var node in names) _nodes[node][^1].Renew(_observers[node]);
        NewTerm(Everything);
    }

    public void Play(IReadOnlyList<ClusterStep> steps)
    {
        foreach (var step in steps) Play(step);
        Settle();
    }

    private void Play(ClusterStep step)
    {
        switch (step.Verb)
        {
            case Verb.Watch: _cluster.Play(step with { B = 1 }); break;
            case Verb.Refuse: _cluster.Play(step with { Verb = Verb.Watch, B = 0 }); break;
            case Verb.Deliver: Pick(_leaders, step.C).Leader.Observe(step); break;
            case Verb.Send: Send(step); break;
            case Verb.Replay when _all.Count > 0: _all[step.A % _all.Count].Replay(step.B, step.C); break;
            case Verb.Replace: Replace(step); break;
            case Verb.Verify: Verify(step.A % 3, NodeOf(step.B), step.C); break;
            case Verb.Term:
                _leaders.RemoveRange(0, step.C % 2 == 0 ? _leaders.Count : _leaders.Count - 1);
                NewTerm(step);
                break;
            default: _cluster.Play(step); break;
        }

        NoteLinks();
    }

    private void Send(ClusterStep step)
    {
        var open = Open().ToArray();
        var fate = (step.C % 8) switch { 0 => Fate.AnswerLost, 1 => Fate.Lost, 2 => Fate.AnswerDelayed, _ => Fate.Answered };
        for (var i = 0; i < open.Length; i++)
            if (open[(step.A + i) % open.Length].Send(fate, step.B, partSize: step.B % 3 == 0 ? 2 : int.MaxValue)) return;
    }

    private void Replace(ClusterStep step)
    {
        var node = NodeOf(step.B);
        var livesOn = step.C % 2 == 1;
        switch (step.A % 3)
        {
            case 0:
                var moves = step.C % 4 == 0;
                var told = _resources[^1].Told;
                Renew(_resources, NewResources(), livesOn);
                if (moves) _resources[^1].TakeOver(told);
                break;
            case 1: Renew(_nodes[node], new NodeReplica(node, _truth, _rules), livesOn); break;
            default:
                foreach (var replica in _nodes[node]) replica.Remove(_observers[node]);
                _observers[node] = new Observer(node, _truth, _rules);
                break;
        }
    }

    private bool Verify(int who, string node, byte choice)
    {
        var (leader, resources) = (_leaders[^1].Leader, Pick(_resources, choice));
        switch (who)
        {
            case 0:
                var verdict = leader.Verify(resources.Position);
                resources.Receive(verdict.GoneAsOf);
                if (!verdict.IsCurrent && verdict.GoneAsOf.IsNone) return false;
                // Rarer than the nodes ask: what is forgotten between two questions of a node begins anew.
                if (choice % 2 == 0) resources.ForgetIdleNodes();
                return true;
            case 1:
                return Pick(_nodes[node], choice).Verify(leader.InventoryOf(node), hasLost: choice % 3 == 0, (held, awaited) => resources.Verify(node, held, awaited));
            default:
                return Pick(_nodes[node], choice).Renew(_observers[node]);
        }
    }

    /// <summary>The network is good again, and each is there once: everybody verifies and is told, and then holds what is true.</summary>
    private void Settle()
    {
        _leaders.RemoveRange(0, _leaders.Count - 1);
        _resources.RemoveRange(0, _resources.Count - 1);
        foreach (var replicas in _nodes.Values) replicas.RemoveRange(0, replicas.Count - 1);
        foreach (var kind in _truth.Known.Kinds().Where(kind => Enum.IsDefined(kind))) _cluster.Play(new ClusterStep(Verb.Watch, (byte)(kind - 1), 1, 0));
        _leaders[^1].Leader.Observe(Everything);

        const int Rounds = 20;
        for (var round = 0; ; round++)
        {
            var isCurrent = Verify(0, "", 1);
            // What the namespace has to tell is not held up until its nodes have asked the leader: each would always be ahead of the other.
            var hasSent = SendAll();
            foreach (var node in _nodes.Keys) isCurrent &= Verify(1, node, 1) & Verify(2, node, 1);
            NoteLinks();
            hasSent |= SendAll();
            if (!hasSent && isCurrent) break;
            Truth.Require(round < Rounds, "it never comes to rest");
        }

        var last = _leaders[^1].Leader.Position;
        foreach (var (node, observer) in _observers) _truth.Check("in the end the observer", last, node, observer.Content);
    }

    private bool SendAll()
    {
        const int Limit = 100;
        var sent = 0;
        while (Open().ToArray().Count(link => link.Send(Fate.Answered, choice: 1, int.MaxValue)) is > 0 and var count)
        {
            sent += count;
            Truth.Require(sent < Limit, "they never stop sending");
        }

        return sent > 0;
    }

    private IEnumerable<Link> Open() =>
        [.. _leaders.Select(leader => leader.Link), .. _resources.SelectMany(resources => resources.Links), .. _nodes.Values.SelectMany(nodes => nodes.SelectMany(node => node.Links))];

    private void NoteLinks() => _all.AddRange(Open().Except(_all).ToArray());

    private void NewTerm(ClusterStep step)
    {
        var leader = new Leader(++_term, _cluster, _truth.Add, _rules);
        leader.Observe(step);
        _leaders.Add((leader, new Link<ResourceChange>(leader, (choice, batch) => Pick(_resources, choice).Receive(batch), _rules)));
    }

    // Its silo has heard of the leaders that are there: a batch of one before them, which comes late, is refused.
    private ResourceReplica NewResources() => new(
        _truth, (node, choice, batch) => Pick(_nodes[node], choice).Receive(batch), _rules, _leaders.Count == 0 ? 0 : _leaders[0].Leader.Term);

    private static void Renew<T>(List<T> replicas, T fresh, bool livesOn)
    {
        replicas.RemoveRange(0, livesOn ? replicas.Count - 1 : replicas.Count);
        replicas.Add(fresh);
    }

    /// <summary>Mostly the newest; the other one, where there are two, one time in four.</summary>
    private static T Pick<T>(List<T> replicas, byte choice) => choice % 4 == 0 ? replicas[0] : replicas[^1];

    private string NodeOf(byte choice) => ClusterStep.Nodes[choice % _nodes.Count];
}
