using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Gateway.Authorization;

/// <summary>
/// Asks the leader, which knows every pod. One call is in flight at a time; the next carries all addresses that were asked for meanwhile, so
/// many subscribers at once cost few calls.
/// </summary>
internal sealed class LeaderAddresses(LeaderDirectory leaders, ISilos<ILeaderService> silos) : INodeAddresses
{
    private const int MostAtOnce = 1000;

    private readonly Lock _lock = new();
    private Dictionary<string, TaskCompletionSource<string[]>> _waiting = new(StringComparer.Ordinal);
    private bool _isAsking;

    /// <inheritdoc/>
    public Task<string[]> FindAsync(string address)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(address, out var answer))
                _waiting[address] = answer = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_isAsking) return answer.Task;
            _isAsking = true;
            // Never throws: it passes exceptions to the callers that wait.
            _ = Task.Run(AskAsync);
            return answer.Task;
        }
    }

    private async Task AskAsync()
    {
        while (Take() is { Count: > 0 } questions)
        {
            foreach (var part in questions.Chunk(MostAtOnce))
            {
                try
                {
                    var leader = leaders.Leader ?? throw new NotLeadingException("no leader is known yet");
                    var nodes = await silos.At(leader.Silo).FindNodesAsync([.. part.Select(question => question.Key)]);
                    for (var i = 0; i < part.Length; i++) part[i].Value.SetResult(nodes[i]);
                }
                catch (Exception exception)
                {
                    foreach (var (_, answer) in part) answer.TrySetException(exception);
                }
            }
        }
    }

    private Dictionary<string, TaskCompletionSource<string[]>> Take()
    {
        lock (_lock)
        {
            var questions = _waiting;
            if (questions.Count > 0) _waiting = new Dictionary<string, TaskCompletionSource<string[]>>(StringComparer.Ordinal);
            else _isAsking = false;
            return questions;
        }
    }
}
