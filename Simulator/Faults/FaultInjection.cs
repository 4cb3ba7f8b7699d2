using System.Collections.Concurrent;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Http;

namespace MetaCollector.Simulator.Faults;

/// <summary>What goes wrong on purpose. Resources are named by their plural, <c>*</c> stands for any. Safe from any thread.</summary>
public sealed class FaultInjection
{
    private readonly OpenWatches _watches;
    private readonly TimeProvider _clock;
    private readonly ConcurrentQueue<AnswerRule> _answers = new();
    private readonly ConcurrentDictionary<(string Verb, string Resource), TimeSpan> _delays = new();
    private readonly ConcurrentDictionary<string, Action> _betweenPages = new();
    private readonly ConcurrentDictionary<string, Action> _beforeMarks = new();
    private readonly ConcurrentDictionary<string, int> _expiring = new();

    internal FaultInjection(OpenWatches watches, TimeProvider clock)
    {
        _watches = watches;
        _clock = clock;
    }

    /// <summary>Cuts the connections of open watches in the middle. Over HTTP/2 the stream is reset.</summary>
    /// <returns>How many were cut.</returns>
    public int CutWatches(string resource = "*") => _watches.ForEach(resource, watch => watch.Cut());

    /// <summary>Cuts the watch of a resource that was opened last; false where there is none.</summary>
    public bool CutOneWatch(string resource) => _watches.Last(resource)?.Cut() ?? false;

    /// <summary>Ends open watches without an error, as the server does when their time is over.</summary>
    public int EndWatches(string resource = "*") => _watches.ForEach(resource, watch => watch.End());

    /// <summary>Silences open watches: their connections stay, not a byte comes, bookmarks neither.</summary>
    public int FreezeWatches(string resource = "*") => _watches.ForEach(resource, watch => watch.Freeze());

    /// <summary>Lets frozen watches go on where they stood.</summary>
    public int ThawWatches(string resource = "*") => _watches.ForEach(resource, watch => watch.Thaw());

    /// <summary>Sends an ERROR event with 410 Expired inside open watches and ends them.</summary>
    public int ExpireWatches(string resource = "*") => _watches.ForEach(resource, watch => watch.Expire());

    /// <summary>The next watches of a resource that start at a given resourceVersion are told that it is gone.</summary>
    public void ExpireNextWatches(string resource, int times = 1) => _expiring[resource] = times;

    /// <summary>Answers the next requests with an error: 429, 500, 503 and so on.</summary>
    /// <param name="code">The status code; its Status is the one that the real server would send.</param>
    /// <param name="times">How many requests; <see cref="int.MaxValue"/> for all until <see cref="ClearAnswers"/>.</param>
    /// <param name="resource">Of which resource.</param>
    /// <param name="verb">Of which verb.</param>
    /// <param name="retryAfterSeconds">The <c>Retry-After</c>; 429 has 1 if nothing is said.</param>
    public void Answer(int code, int times = 1, string resource = "*", string verb = "*", int? retryAfterSeconds = null) =>
        _answers.Enqueue(new AnswerRule(verb, resource, code, retryAfterSeconds, times));

    /// <summary>No more answers of <see cref="Answer"/>.</summary>
    public void ClearAnswers() => _answers.Clear();

    /// <summary>Delays requests; zero takes it back.</summary>
    public void Delay(TimeSpan delay, string resource = "*", string verb = "*") => _delays[(verb, resource)] = delay;

    /// <summary>Does something before each page of a list but the first is read, such as changing the objects; null takes it back.</summary>
    public void BetweenPages(string resource, Action? action) => Set(_betweenPages, resource, action);

    /// <summary>
    /// Does something after a streaming list has sent its objects and before it says that they are complete, such as changing or deleting
    /// them: the events come before the mark. Null takes it back.
    /// </summary>
    public void BeforeInitialEventsEnd(string resource, Action? action) => Set(_beforeMarks, resource, action);

    internal async Task BeforeAnswerAsync(string verb, string resource, CancellationToken cancellation)
    {
        foreach (var ((delayedVerb, delayedResource), delay) in _delays)
        {
            if (delay > TimeSpan.Zero && (delayedVerb == "*" || delayedVerb == verb) && (delayedResource == "*" || delayedResource == resource))
            {
                await Task.Delay(delay, _clock, cancellation);
            }
        }

        foreach (var rule in _answers)
        {
            if (rule.Take(verb, resource))
            {
                throw Refusal(rule);
            }
        }

        while (_answers.TryPeek(out var first) && first.IsSpent)
        {
            _answers.TryDequeue(out _);
        }
    }

    internal void BeforeNextPage(string resource)
    {
        if (_betweenPages.TryGetValue(resource, out var action))
        {
            action();
        }
    }

    internal void BeforeMark(string resource)
    {
        if (_beforeMarks.TryGetValue(resource, out var action))
        {
            action();
        }
    }

    internal bool TakeExpiry(string resource)
    {
        while (_expiring.TryGetValue(resource, out var left) && left > 0)
        {
            if (_expiring.TryUpdate(resource, left - 1, left))
            {
                return true;
            }
        }

        return false;
    }

    private static void Set(ConcurrentDictionary<string, Action> actions, string resource, Action? action)
    {
        if (action is null)
        {
            actions.TryRemove(resource, out _);
        }
        else
        {
            actions[resource] = action;
        }
    }

    private static ApiException Refusal(AnswerRule rule) => rule.Code switch
    {
        400 => ApiException.BadRequest("refused on purpose"),
        401 => ApiException.Unauthorized(),
        410 => ApiException.Expired("The resourceVersion for the provided list is too old."),
        403 => new ApiException(403, "Forbidden", "refused on purpose"),
        429 => ApiException.TooManyRequests(rule.RetryAfter ?? 1),
        500 => ApiException.Internal("refused on purpose"),
        503 => ApiException.Unavailable(rule.RetryAfter),
        _ => new ApiException(rule.Code, "Unknown", "refused on purpose", retryAfter: rule.RetryAfter),
    };
}
