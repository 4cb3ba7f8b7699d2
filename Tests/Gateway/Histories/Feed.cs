using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>
/// A node's grain as it feeds one gateway, over a line that loses, repeats and delays: an <see cref="Outbox{TKey}"/> for each
/// namespace, as the real one has.
/// </summary>
internal sealed class Feed(World world, Func<Batch<SliceChange>, Receipt> receive)
{
    private readonly Dictionary<string, Position> _positions = World.Namespaces.ToDictionary(name => name, _ => new Position(1, 1));
    private readonly Dictionary<string, Outbox<Uid>> _outboxes = World.Namespaces.ToDictionary(name => name, _ => new Outbox<Uid>());
    private readonly List<Batch<SliceChange>> _past = [];

    /// <summary>What the node has: every namespace with its position.</summary>
    public NamespacePosition[] Inventory =>
        [.. World.Namespaces.Where(name => world.Slice(name).Count > 0).Select(name => new NamespacePosition(name, _positions[name]))];

    /// <summary>Changes the world, and notes what is to be told.</summary>
    public void Change(string @namespace, uint choice)
    {
        var changed = world.Change(@namespace, choice);
        if (changed.Count == 0) return;
        _positions[@namespace] = _positions[@namespace] with { Number = _positions[@namespace].Number + 1 };
        foreach (var uid in changed) _outboxes[@namespace].Mark(uid, 1);
    }

    /// <summary>The grain is lost: another takes over, which knows nothing of what the gateway holds, at a new term.</summary>
    public void LoseGrain()
    {
        foreach (var name in World.Namespaces)
        {
            _outboxes[name] = new Outbox<Uid>();
            _positions[name] = new Position(_positions[name].Term + 1, 1);
        }
    }

    /// <summary>Sends what is due of a namespace, as the line behaves.</summary>
    public void Send(string @namespace, uint line)
    {
        var outbox = _outboxes[@namespace];
        if (outbox.Take(_positions[@namespace]) is not { } shipment) return;
        var batch = Fill(@namespace, shipment, line);
        if (line % 8 == 0)
        {
            outbox.Fail();
            return;
        }

        Receipt receipt = default;
        foreach (var part in BatchParts.Split(batch, _ => 1, line % 3 == 0 ? 2 : 1000))
        {
            receipt = receive(part);
            if (line % 5 == 0) receive(part);
            if (receipt.Verdict != Verdict.Accepted) break;
        }

        _past.Add(batch);
        if (line % 8 == 1) outbox.Fail();
        else outbox.Complete(receipt);
    }

    /// <summary>An old message arrives once more.</summary>
    public void Repeat(uint line)
    {
        // Only a batch that lost its race: a snapshot that is older than what is held, or a change that is.
        if (_past.Count > 0) receive(_past[(int)(line % (uint)_past.Count)]);
    }

    /// <summary>Sends until nothing is due.</summary>
    public void SendAll()
    {
        foreach (var name in World.Namespaces)
        {
            while (_outboxes[name].IsDue(_positions[name])) Send(name, 2);
        }
    }

    private Batch<SliceChange> Fill(string @namespace, Shipment<Uid> shipment, uint line)
    {
        var slice = world.Slice(@namespace);
        var changes = shipment.IsSnapshot
            ? slice.Values.Select(resource => new SliceChange(resource.Uid, resource, null))
            : shipment.Keys.Select(uid => slice.TryGetValue(uid, out var now)
                ? new SliceChange(uid, line % 2 == 0 ? now : now with { }, null)
                : new SliceChange(uid, null, null));
        return new Batch<SliceChange>
        {
            Namespace = @namespace, Previous = shipment.Previous, Position = shipment.Position, IsSnapshot = shipment.IsSnapshot,
            Changes = [.. changes], ArrivedAt = shipment.ArrivedAt,
        };
    }
}
