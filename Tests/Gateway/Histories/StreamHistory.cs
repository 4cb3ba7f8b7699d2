using CsCheck;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Oracle;

namespace MetaCollector.Tests.Gateway.Histories;

/// <summary>One step of a history: what happens, and three choices.</summary>
internal readonly record struct StreamStep(byte What, byte Where, uint Choice);

/// <summary>The gateway's part of a history.</summary>
internal interface ISubject
{
    /// <summary>What is related to the node, as the gateway was told.</summary>
    IReadOnlyDictionary<Uid, NodeResource> Related { get; }

    Receipt Receive(Batch<SliceChange> batch);

    bool Complete(NamespacePosition[] namespaces);

    /// <summary>Opens a stream; the result takes its next event.</summary>
    TryNext Open(KindSet kinds);
}

internal delegate bool TryNext(out StreamEvent next);

/// <summary>Plays random histories with a node's grain, a gateway and some subscribers of different speed and taste.</summary>
internal static class StreamHistory
{
    private static readonly KindSet[] Tastes =
    [
        ResourceKinds.Standard,
        KindSet.Of(ResourceKind.Pod),
        KindSet.Of(ResourceKind.Pod, ResourceKind.Service, ResourceKind.ReplicaSet),
        ResourceKinds.Standard.Without(ResourceKind.Pod),
        KindSet.Of(ResourceKind.Pod, ResourceKind.Deployment, ResourceKind.Namespace),
    ];

    /// <summary>How many histories a test plays; METACOLLECTOR_HISTORIES asks for more than the gate has time for.</summary>
    public static int Count { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("METACOLLECTOR_HISTORIES"), out var count) ? count : 400;

    /// <summary>Histories of up to <paramref name="steps"/> steps.</summary>
    public static Gen<StreamStep[]> Gen(int steps) =>
        CsCheck.Gen.Select(CsCheck.Gen.Byte, CsCheck.Gen.Byte, CsCheck.Gen.UInt, (what, where, choice) => new StreamStep(what, where, choice)).Array[0, steps];

    /// <summary>A history of 100 steps that is always the same for the same number.</summary>
    public static StreamStep[] Numbered(int number)
    {
        var random = new Random(number);
        var steps = new StreamStep[100];
        foreach (ref var step in steps.AsSpan())
            step = new StreamStep((byte)random.Next(256), (byte)random.Next(256), (uint)random.NextInt64(uint.MaxValue));
        return steps;
    }

    /// <summary>Plays a history to its end, where everything is told and sent.</summary>
    /// <exception cref="PromiseBrokenException">A subscriber saw something that it should not have.</exception>
    public static void Play(ISubject subject, StreamStep[] steps)
    {
        var world = new World();
        var feed = new Feed(world, subject.Receive);
        var readers = new List<Reader>();
        foreach (var (what, where, choice) in steps)
        {
            var name = World.Namespaces[where % World.Namespaces.Length];
            switch (what % 16)
            {
                case < 6: feed.Change(name, choice); break;
                case < 9: feed.Send(name, choice); break;
                case 9: subject.Complete(feed.Inventory); break;
                case 10 when choice % 4 == 0: feed.LoseGrain(); break;
                case 11: feed.Repeat(choice); break;
                case 12 when readers.Count < 6: readers.Add(new Reader(subject, Tastes[choice % Tastes.Length])); break;
                default:
                    if (readers.Count > 0) readers[where % readers.Count].Take((int)(choice % 12));
                    break;
            }
        }

        feed.SendAll();
        if (!subject.Complete(feed.Inventory)) throw new PromiseBrokenException("not complete, though everything was told");
        foreach (var reader in readers) reader.Take(int.MaxValue);
        foreach (var reader in readers) reader.Finish(world.All());
    }

    private sealed class Reader(ISubject subject, KindSet kinds)
    {
        private readonly StreamLogChecker _checker = new(kinds);
        private readonly TryNext _tryNext = subject.Open(kinds);

        public void Take(int count)
        {
            for (var i = 0; i < count && _tryNext(out var next); i++) _checker.Read(next.Reason, next.Resource, subject.Related);
        }

        public void Finish(IReadOnlyDictionary<Uid, NodeResource> related) => _checker.Settled(related);
    }
}
