using MetaCollector.Conversation.Receiving;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>The plain parts alone, put together as a view does; any of them may be a broken one.</summary>
internal class PlainSubject(Func<KindSet, StreamState>? makeStream = null) : ISubject
{
    private readonly NodeContent _content = new(_ => { }, Pools.Versions);
    private readonly List<StreamState> _streams = [];
    private bool _isComplete;

    public IReadOnlyDictionary<Uid, NodeResource> Related => _content.Resources.ToDictionary(resource => resource.Uid);

    public virtual Receipt Receive(Batch<SliceChange> batch)
    {
        var receipt = _content.Receive(batch);
        Spread();
        return receipt;
    }

    public bool Complete(NamespacePosition[] namespaces)
    {
        if (!_content.Holds(namespaces)) return false;
        if (_isComplete) return true;
        _isComplete = true;
        foreach (var stream in _streams) stream.Start(_content.Resources, 0);
        return true;
    }

    public TryNext Open(KindSet kinds)
    {
        var stream = makeStream?.Invoke(kinds) ?? new StreamState(kinds);
        _streams.Add(stream);
        if (_isComplete) stream.Start(_content.Resources, 0);
        return (out StreamEvent next) => stream.TryNext(_content.Resources, out next);
    }

    /// <summary>Tells one stream of one change.</summary>
    protected virtual void Tell(StreamState stream, ContentChange change) => stream.Mark(change, 0, 0);

    private void Spread()
    {
        if (!_isComplete) return;
        foreach (var change in _content.Changes)
            foreach (var stream in _streams) Tell(stream, change);
    }
}
