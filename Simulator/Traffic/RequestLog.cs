using System.Collections.Concurrent;

namespace MetaCollector.Simulator.Traffic;

/// <summary>
/// What clients asked of the server. Counts and sums are complete; of the single requests the last 100,000 are kept. Safe from any thread.
/// </summary>
public sealed class RequestLog
{
    private const int Kept = 100_000;
    private readonly ConcurrentQueue<RequestRecord> _requests = new();
    private readonly ConcurrentDictionary<RequestRecord, bool> _watches = new();
    private readonly ConcurrentDictionary<Kind, (int Requests, long Bytes)> _forgotten = new();
    private long _total;

    /// <summary>Raised for each request, before it is answered. Handlers must be quick.</summary>
    public event Action<RequestRecord>? Received;

    /// <summary>How many requests came in since the start or the last <see cref="Clear"/>.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>The requests, oldest first.</summary>
    public IReadOnlyList<RequestRecord> All => [.. _requests];

    /// <summary>The watches that are open now, oldest first.</summary>
    public IReadOnlyList<RequestRecord> OpenWatches => [.. _watches.Keys.Where(one => one is { Code: 200, IsFinished: false }).OrderBy(one => one.Number)];

    /// <summary>Bytes of all answers until now.</summary>
    public long Bytes => Sums().Sum(sum => sum.Bytes);

    /// <summary>How many requests there were; parameters that are given must fit.</summary>
    public int Count(string? verb = null, string? resource = null, int? code = null, string? userAgent = null) => Sums().Where(sum =>
        (verb is null || sum.Kind.Verb == verb)
        && (resource is null || sum.Kind.Resource == resource)
        && (code is null || sum.Kind.Code == code)
        && (userAgent is null || sum.Kind.UserAgent.Contains(userAgent, StringComparison.Ordinal))).Sum(sum => sum.Requests);

    /// <summary>Requests and bytes by resource and verb, in the order of their names.</summary>
    public IReadOnlyList<RequestSum> Summary() =>
    [
        .. Sums().GroupBy(sum => (sum.Kind.Verb, sum.Kind.Resource))
            .Select(group => new RequestSum(
                group.Key.Verb, group.Key.Resource, group.Sum(sum => sum.Requests), group.Sum(sum => sum.Bytes),
                group.Where(sum => sum.Kind.Code >= 400).Sum(sum => sum.Requests)))
            .OrderBy(sum => sum.Resource, StringComparer.Ordinal).ThenBy(sum => sum.Verb, StringComparer.Ordinal),
    ];

    /// <summary>Forgets all requests but the watches that are open.</summary>
    public void Clear()
    {
        _requests.Clear();
        _forgotten.Clear();
        foreach (var watch in OpenWatches)
        {
            _requests.Enqueue(watch);
        }

        Interlocked.Exchange(ref _total, 0);
    }

    internal void Add(RequestRecord request)
    {
        request.Number = Interlocked.Increment(ref _total);
        if (request.Verb == "watch")
        {
            _watches[request] = true;
        }

        _requests.Enqueue(request);
        while (_requests.Count > Kept && _requests.TryDequeue(out var oldest))
        {
            if (oldest.IsFinished)
            {
                Forget(oldest);
            }
            else
            {
                // Still being answered: its bytes are not known yet.
                _requests.Enqueue(oldest);
            }
        }

        Received?.Invoke(request);
    }

    internal void Finish(RequestRecord request)
    {
        request.IsFinished = true;
        _watches.TryRemove(request, out _);
    }

    private void Forget(RequestRecord request) => _forgotten.AddOrUpdate(
        Kind.Of(request), _ => (1, request.Bytes), (_, sum) => (sum.Requests + 1, sum.Bytes + request.Bytes));

    private IEnumerable<(Kind Kind, int Requests, long Bytes)> Sums() =>
        _requests.Select(one => (Kind.Of(one), 1, one.Bytes)).Concat(_forgotten.Select(pair => (pair.Key, pair.Value.Requests, pair.Value.Bytes)));

    private readonly record struct Kind(string Verb, string Resource, int Code, string UserAgent)
    {
        public static Kind Of(RequestRecord request) => new(request.Verb, request.Resource, request.Code, request.UserAgent);
    }
}

/// <summary>What was asked of one resource with one verb.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Resource">The resource.</param>
/// <param name="Requests">How many.</param>
/// <param name="Bytes">Bytes of the answers' bodies.</param>
/// <param name="Refused">How many were answered with a code of 400 or more.</param>
public sealed record RequestSum(string Verb, string Resource, int Requests, long Bytes, int Refused);
