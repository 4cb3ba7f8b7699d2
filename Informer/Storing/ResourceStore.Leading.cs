using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;

namespace MetaCollector.Informer.Storing;

/// <content>The leader's part: terms, the conversations with the namespaces, and answers to those who ask.</content>
internal sealed partial class ResourceStore : ILeader
{
    private readonly HashSet<NamespaceFeed> _unfed = [];
    private LeaderTerm? _term;
    private bool _feeding;
    private long _number;

    /// <summary>How many namespaces have something due or under way.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _feeding
                    ? _namespaces.Values.Count(one => one.Feed!.Outbox.IsInFlight || one.Feed.Outbox.IsDue(one.Position))
                    : 0;
            }
        }
    }

    /// <summary>Leads from now on: every namespace gets a new position, and a snapshot once the store is settled.</summary>
    public void BeginTerm(LeaderTerm term)
    {
        lock (_lock)
        {
            EndTermLocked();
            (_term, _number) = (term, 0);
            foreach (var content in _namespaces.Values) OpenFeed(content);
            BeginFeedingIfSettled();
        }
    }

    /// <summary>Leads no more: feeds nothing, answers nothing.</summary>
    public void EndTerm()
    {
        lock (_lock)
        {
            EndTermLocked();
            foreach (var content in _namespaces.Values.Where(content => content.Resources.Count == 0).ToList())
                _namespaces.Remove(content.Name);
        }
    }

    /// <inheritdoc/>
    public NodeInventory GetNode(string node)
    {
        lock (_lock)
        {
            if (_term is null || !_feeding) throw new NotLeadingException();
            return new NodeInventory(
                _term.Number,
                [.. _nodes.NamespacesOn(node).Select(name => new NamespacePosition(name, _namespaces[name].Position))])
            {
                Nodes = _nodes.Count,
                AsOf = NextPosition(),
            };
        }
    }

    /// <inheritdoc/>
    public string[][] FindNodes(string[] addresses)
    {
        lock (_lock)
        {
            if (_term is null || !_feeding) throw new NotLeadingException();
            return [.. addresses.Select(_addresses.NodesWith)];
        }
    }

    /// <summary>The position of each namespace; empty while nobody leads.</summary>
    public IReadOnlyDictionary<string, Position> Positions()
    {
        lock (_lock)
        {
            return _term is null
                ? new Dictionary<string, Position>()
                : _namespaces.Values.ToDictionary(content => content.Name, content => content.Position);
        }
    }

    /// <inheritdoc/>
    public NamespaceVerdict VerifyNamespace(string @namespace, Position held)
    {
        lock (_lock)
        {
            if (_term is null || !_feeding) throw new NotLeadingException();
            if (!_namespaces.TryGetValue(@namespace, out var content)) return new NamespaceVerdict(IsCurrent: false, NextPosition());
            var current = content.Feed!.Outbox.Verify(held, Position.None, content.Position);
            // Whoever asks can be reached.
            if (!current) content.Feed.Kick(atOnce: true);
            return new NamespaceVerdict(current, Position.None);
        }
    }

    /// <inheritdoc/>
    public Position GetPosition(string @namespace)
    {
        lock (_lock)
        {
            if (_term is null || !_feeding) throw new NotLeadingException();
            return _namespaces.TryGetValue(@namespace, out var content) ? content.Position : Position.None;
        }
    }

    /// <inheritdoc/>
    public string[] GetNodes()
    {
        lock (_lock) return _term is null ? [] : [.. _nodes.Names];
    }

    /// <summary>Takes what is due to a namespace, with its content as of now.</summary>
    internal Batch<ResourceChange>? Take(NamespaceFeed feed)
    {
        lock (_lock)
        {
            var content = feed.Content;
            if (content.Feed != feed || !_feeding || feed.Outbox.Take(content.Position) is not { } shipment) return null;
            feed.Watched = _listed;
            var changes = shipment.IsSnapshot ? Everything(content) : Changed(content, shipment.Keys);
            feed.NoteTaken(changes.Length);
            return new Batch<ResourceChange>
            {
                Namespace = content.Name,
                Previous = shipment.Previous,
                Position = shipment.Position,
                IsSnapshot = shipment.IsSnapshot,
                ArrivedAt = shipment.ArrivedAt,
                Trace = shipment.Trace,
                Unknown = wanted.Except(_known),
                Changes = changes,
            };
        }
    }

    /// <summary>A namespace's grain answered.</summary>
    internal void Complete(NamespaceFeed feed, Receipt receipt)
    {
        lock (_lock)
        {
            var content = feed.Content;
            if (content.Feed != feed) return;
            var isAccepted = feed.Outbox.Complete(receipt);
            feed.NoteAnswered(isRetried: receipt.Verdict == Verdict.Refused);
            if (isAccepted)
            {
                NoteFed(feed);
                if (content.Resources.Count == 0 && !feed.Outbox.IsDue(content.Position)) Forget(content);
            }
            else if (receipt.Verdict == Verdict.Refused)
            {
                _term?.Refuse(receipt.HighestTerm);
            }
        }
    }

    /// <summary>A namespace's grain could not be reached.</summary>
    internal void Fail(NamespaceFeed feed)
    {
        lock (_lock)
        {
            if (feed.Content.Feed != feed) return;
            feed.Outbox.Fail();
            feed.NoteAnswered(isRetried: true);
        }
    }

    private ResourceChange[] Everything(NamespaceContent content)
    {
        var changes = new List<ResourceChange>(content.Resources.Count);
        foreach (var resource in content.Resources.Values)
            if (_known.Contains(resource.Kind)) changes.Add(new ResourceChange(resource.Uid, resource));
        return [.. changes];
    }

    private ResourceChange[] Changed(NamespaceContent content, IReadOnlyCollection<Uid> keys)
    {
        var changes = new List<ResourceChange>(keys.Count);
        foreach (var uid in keys)
        {
            var resource = content.Resources.GetValueOrDefault(uid);
            // Of a kind that is being listed for the first time nothing is told yet: a snapshot follows.
            if (resource is null || _known.Contains(resource.Kind)) changes.Add(new ResourceChange(uid, resource));
        }

        return [.. changes];
    }

    private void Mark(NamespaceContent content, Uid uid, long arrivedAt)
    {
        if (_term is null || content.Feed is not { } feed) return;
        content.Position = NextPosition();
        // A snapshot that is due will read everything anyway.
        var isMerged = !feed.Outbox.IsSnapshotDue && !feed.Outbox.Mark(uid, arrivedAt, ChangeTrace.Current);
        if (!_feeding) return;
        if (isMerged) feed.NoteMerged();
        feed.Kick();
    }

    private void ChangeKinds(Action change)
    {
        lock (_lock)
        {
            var before = (_listed, _known);
            change();
            if (_term is null) return;
            if (!_feeding)
            {
                BeginFeedingIfSettled();
            }
            else if ((_listed, _known) != before)
            {
                foreach (var content in _namespaces.Values)
                {
                    content.Position = NextPosition();
                    content.Feed!.Outbox.RequireSnapshot();
                    content.Feed.Kick();
                }
            }
        }
    }

    private void BeginFeedingIfSettled()
    {
        if (!IsSettledLocked) return;
        _feeding = true;
        _unfed.UnionWith(_namespaces.Values.Select(content => content.Feed!));
        if (_unfed.Count == 0) _term!.NoteSynced();
        foreach (var feed in _unfed) feed.Kick();
    }

    private void OpenFeed(NamespaceContent content)
    {
        if (_term is null) return;
        content.Position = NextPosition();
        content.Feed = new NamespaceFeed(this, content, _term);
    }

    private void Forget(NamespaceContent content)
    {
        _namespaces.Remove(content.Name);
        content.Feed!.Pump.Stop();
        content.Feed = null;
    }

    private void NoteFed(NamespaceFeed feed)
    {
        if (_unfed.Remove(feed) && _unfed.Count == 0) _term?.NoteSynced();
    }

    private void EndTermLocked()
    {
        (_term, _feeding) = (null, false);
        _unfed.Clear();
        foreach (var content in _namespaces.Values)
        {
            content.Feed?.Pump.Stop();
            content.Feed = null;
        }
    }

    private Position NextPosition() => new(_term!.Number, ++_number);
}
