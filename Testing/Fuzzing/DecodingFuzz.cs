using System.Buffers;
using System.IO.Pipelines;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Decoding;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>
/// What an API server sent once, recorded, cut short and spoilt: a list or a watch may end with the fault that its reader knows how to
/// judge, an object may be refused, and nothing else may come of it.
/// </summary>
internal sealed class DecodingFuzz
{
    private static readonly ResourceKind[] Kinds = [ResourceKind.Pod, ResourceKind.Service, ResourceKind.EndpointSlice, ResourceKind.Deployment];

    private readonly byte[][] _recorded = [.. Directory.GetFiles(Folder, "*.pb").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    private readonly Random _dice;
    private readonly Mutations _mutations;
    private readonly ObjectDecoder _decoder = new(new VersionPool());

    /// <summary>Begins with this seed.</summary>
    public DecodingFuzz(int seed) => (_dice, _mutations) = (new Random(seed), new Mutations(new Random(seed)));

    /// <summary>How many objects came through.</summary>
    public long Decoded { get; private set; }

    /// <summary>How many were refused.</summary>
    public long Malformed { get; private set; }

    /// <summary>How many bodies ended with a fault.</summary>
    public long Broken { get; private set; }

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Informer", "Decoding", "Recorded");

    /// <summary>One spoilt body, as a list, as a watch, and as an object of each sort.</summary>
    /// <exception cref="Exception">Something came of it that should not.</exception>
    public async Task StepAsync(CancellationToken cancellation)
    {
        var bytes = _dice.Next(20) == 0 ? _mutations.Anything(4096) : _mutations.Of(_recorded[_dice.Next(_recorded.Length)]);
        var kind = Kinds[_dice.Next(Kinds.Length)];
        try
        {
            await new ListBody(PipeReader.Create(new MemoryStream(bytes))).ReadAsync(item => Decode(kind, item), cancellation);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            Broken++;
        }

        try
        {
            var frames = new WatchFrames(PipeReader.Create(new MemoryStream(bytes)));
            while (await frames.NextAsync(cancellation) is { } frame) Open(kind, frame);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            Broken++;
        }

        Open(kind, new ReadOnlySequence<byte>(bytes));
        Decode(kind, new ReadOnlySequence<byte>(bytes));
    }

    private void Open(ResourceKind kind, ReadOnlySequence<byte> frame)
    {
        try
        {
            var (_, envelope) = Envelope.Open(frame);
            Decode(kind, Envelope.TakeOff(envelope));
        }
        catch (MalformedObjectException)
        {
            Malformed++;
        }
    }

    private void Decode(ResourceKind kind, ReadOnlySequence<byte> bytes)
    {
        try
        {
            _decoder.Decode(kind, bytes);
            Decoded++;
        }
        catch (MalformedObjectException)
        {
            Malformed++;
        }
    }
}
