using System.Collections.Concurrent;

namespace MetaCollector.Simulator.Traffic;

/// <summary>
/// What clients asked of the server. Sums are complete; of the single requests the last 100,000 are kept. Safe from any thread.
/// </summary>
public sealed class RequestLog
{
    private const int Kept = 100_000;
    private readonly ConcurrentQueue<RequestRecord> _requests = new();
    private long _total;

    /// <summary>Raised for each request, before it is answered. Handlers must be quick.</summary>
    public event Action<RequestRecord>? Received;

    /// <summary>How many requests came in since the start or the last <see cref="Clear"/>.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>The requests, oldest first.</summary>
    public IReadOnlyList<RequestRecord> All => [.. _requests];

    /// <summary>The watches that are open now.</summary>
    public IReadOnlyList<RequestRecord> OpenWatches => [.. _requests.Where(one => one is { Verb: "watch", Code: 200, IsFinished: false })];

    /// <summary>Bytes of all answers until now.</summary>
    public long Bytes => _requests.Sum(one => one.Bytes);

    /// <summary>How many requests there were; parameters that are given must fit.</summary>
    public int Count(string? verb = null, string? resource = null, int? code = null, string? userAgent = null) => _requests.Count(one =>
        (verb is null || one.Verb == verb)
        && (resource is null || one.Resource == resource)
        && (code is null || one.Code == code)
        && (userAgent is null || one.UserAgent.Contains(userAgent, StringComparison.Ordinal)));

    /// <summary>Requests, bytes by verb and resource, in the order of their names.</summary>
    public IReadOnlyList<RequestSum> Summary() =>
    [
        .. _requests.GroupBy(one => (one.Verb, one.Resource))
            .Select(group => new RequestSum(group.Key.Verb, group.Key.Resource, group.Count(), group.Sum(one => one.Bytes), group.Count(one => one.Code >= 400)))
            .OrderBy(sum => sum.Resource, StringComparer.Ordinal).ThenBy(sum => sum.Verb, StringComparer.Ordinal),
    ];

    /// <summary>Forgets all finished requests; open watches stay.</summary>
    public void Clear()
    {
        var open = OpenWatches;
        _requests.Clear();
        foreach (var watch in open)
        {
            _requests.Enqueue(watch);
        }

        Interlocked.Exchange(ref _total, 0);
    }

    internal void Add(RequestRecord request)
    {
        Interlocked.Increment(ref _total);
        _requests.Enqueue(request);
        while (_requests.Count > Kept && _requests.TryDequeue(out _))
        {
        }

        Received?.Invoke(request);
    }
}

/// <summary>What was asked of one resource with one verb.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="Resource">The resource.</param>
/// <param name="Requests">How many.</param>
/// <param name="Bytes">Bytes of the answers' bodies.</param>
/// <param name="Refused">How many were answered with a code of 400 or more.</param>
public sealed record RequestSum(string Verb, string Resource, int Requests, long Bytes, int Refused);
