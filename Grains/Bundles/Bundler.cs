using MetaCollector.Conversation.Sending;

namespace MetaCollector.Grains.Bundles;

/// <summary>
/// Collects what many grains have to say to the grains of a silo, and sends it in few messages: whatever comes up while a message is being
/// made travels in it, and whatever comes up while <see cref="MaxUnderWay"/> of them wait for their answers travels in the next. Nothing
/// waits for company: an item that is alone goes at once. Thread-safe.
/// </summary>
/// <remarks>Items for one silo may overtake each other. Who needs an order sends the next item after the answer to the one before.</remarks>
/// <param name="send">Sends one message, and brings the answer to each item, in their order.</param>
/// <param name="sizeOf">Estimates the size of an item in a message, in bytes.</param>
/// <typeparam name="TItem">What a grain has to say.</typeparam>
/// <typeparam name="TAnswer">What it is answered.</typeparam>
internal sealed class Bundler<TItem, TAnswer>(Func<SiloAddress, TItem[], Task<TAnswer[]>> send, Func<TItem, int> sizeOf)
{
    /// <summary>So many messages to one silo wait for their answers at most: one that takes long delays no other.</summary>
    public const int MaxUnderWay = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<SiloAddress, Line> _lines = [];

    /// <summary>How many silos have something under way.</summary>
    public int Lines
    {
        get { lock (_lock) return _lines.Count; }
    }

    /// <summary>Sends an item to a silo, together with others.</summary>
    /// <returns>The answer; the exception of the message that carried it, where that failed.</returns>
    public Task<TAnswer> SendAsync(SiloAddress silo, TItem item)
    {
        var waiting = new Waiting(item);
        lock (_lock)
        {
            if (!_lines.TryGetValue(silo, out var line)) _lines[silo] = line = new Line(silo);
            line.Items.Enqueue(waiting);
            if (!line.IsStarting && line.UnderWay < MaxUnderWay)
            {
                line.IsStarting = true;
                line.UnderWay++;
                _ = Task.Run(() => RunAsync(line));
            }
        }

        return waiting.Task;
    }

    // Never fails.
    private async Task RunAsync(Line line)
    {
        var isStarting = true;
        while (Take(line, isStarting) is { } taken)
        {
            isStarting = false;
            try
            {
                var answers = await send(line.Silo, Array.ConvertAll(taken, waiting => waiting.Item));
                for (var i = 0; i < taken.Length; i++) taken[i].SetResult(answers[i]);
            }
            catch (Exception exception)
            {
                foreach (var waiting in taken) waiting.TrySetException(exception);
            }
        }
    }

    // As many as fit into a message; null where none is left, and then this run is over.
    private Waiting[]? Take(Line line, bool isStarting)
    {
        lock (_lock)
        {
            if (isStarting) line.IsStarting = false;
            var taken = new List<Waiting>(line.Items.Count);
            for (var bytes = 0L; line.Items.TryPeek(out var next); taken.Add(line.Items.Dequeue()))
            {
                bytes += sizeOf(next.Item);
                if (bytes > BatchParts.MaxBytes && taken.Count > 0) break;
            }

            if (taken.Count > 0) return [.. taken];
            if (--line.UnderWay == 0) _lines.Remove(line.Silo);
            return null;
        }
    }

    private sealed class Line(SiloAddress silo)
    {
        public SiloAddress Silo { get; } = silo;

        public Queue<Waiting> Items { get; } = [];

        public int UnderWay { get; set; }

        // A run was started that has taken nothing yet: it takes along whatever comes until then.
        public bool IsStarting { get; set; }
    }

    private sealed class Waiting(TItem item) : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item => item;
    }
}
