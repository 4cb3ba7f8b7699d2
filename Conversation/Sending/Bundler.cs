namespace MetaCollector.Conversation.Sending;

/// <summary>
/// Collects items from many senders for one silo, and sends them in few messages. While fewer than <see cref="MaxUnderWay"/> messages wait for
/// their answers, an item is sent at once, with the items that arrive before its message is made; else it goes into the next message.
/// Thread-safe.
/// </summary>
/// <remarks>Items for one silo may overtake each other. A sender that needs an order sends the next item after the answer to the one before.</remarks>
/// <param name="send">Sends one message and returns the answers, in the order of the items.</param>
/// <param name="sizeOf">Estimates the size of an item in a message, in bytes.</param>
/// <param name="time">Clock.</param>
/// <typeparam name="TItem">What is sent.</typeparam>
/// <typeparam name="TAnswer">The answer to an item.</typeparam>
public sealed class Bundler<TItem, TAnswer>(Func<SiloAddress, TItem[], Task<TAnswer[]>> send, Func<TItem, int> sizeOf, TimeProvider time)
{
    /// <summary>Largest number of messages to one silo that wait for their answers. More than one, so that a slow message does not delay the others.</summary>
    public const int MaxUnderWay = 4;

    /// <summary>How long an answer is waited for. A message to a silo that was just declared dead, and stands still, would else be waited for much longer.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<SiloAddress, Line> _lines = [];

    /// <summary>How many silos have items that are not answered yet.</summary>
    public int Lines
    {
        get { lock (_lock) return _lines.Count; }
    }

    /// <summary>Sends an item to a silo, together with others.</summary>
    /// <returns>The answer. Throws what the message threw that carried the item.</returns>
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
                var items = new TItem[taken.Count];
                for (var i = 0; i < items.Length; i++) items[i] = taken[i].Item;
                var answers = await send(line.Silo, items).WaitAsync(LongestWait, time);
                for (var i = 0; i < items.Length; i++) taken[i].SetResult(answers[i]);
            }
            catch (Exception exception)
            {
                foreach (var waiting in taken) waiting.TrySetException(exception);
                if (exception is SiloUnavailableException) FailQueued(line, exception);
            }
        }
    }

    // What waits for its turn would go to a silo that is dead, and be waited for: its senders look anew where their grains live.
    private void FailQueued(Line line, Exception exception)
    {
        Waiting[] queued;
        lock (_lock)
        {
            queued = [.. line.Items];
            line.Items.Clear();
        }

        foreach (var waiting in queued) waiting.TrySetException(exception);
    }

    // Takes as many items as fit into a message; null if none is left, which ends this run.
    private List<Waiting>? Take(Line line, bool isStarting)
    {
        lock (_lock)
        {
            if (isStarting) line.IsStarting = false;
            var taken = new List<Waiting>();
            for (var bytes = 0L; line.Items.TryPeek(out var next); taken.Add(line.Items.Dequeue()))
            {
                bytes += sizeOf(next.Item);
                if (bytes > BatchParts.MaxBytes && taken.Count > 0) break;
            }

            if (taken.Count > 0) return taken;
            if (--line.UnderWay == 0) _lines.Remove(line.Silo);
            return null;
        }
    }

    private sealed class Line(SiloAddress silo)
    {
        public SiloAddress Silo { get; } = silo;

        public Queue<Waiting> Items { get; } = [];

        public int UnderWay { get; set; }

        // A run was started and has not taken its items yet: it will also take the items that arrive until then.
        public bool IsStarting { get; set; }
    }

    private sealed class Waiting(TItem item) : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item => item;
    }
}
