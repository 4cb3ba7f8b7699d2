using System.Net;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Authorization;

/// <summary>
/// Checks that a subscriber asks for the node that it runs on: the address that it comes from is one of a pod there, or of the host.
/// Thread-safe.
/// </summary>
/// <remarks>
/// An address that is known to belong elsewhere is wrong at once. One that nobody knows is waited for: a pod may talk before the
/// API server has heard of its address.
/// </remarks>
internal sealed class SubscriberCheck(
    INodeAddresses addresses, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<SubscriberCheck> logger)
{
    /// <summary>How long an address that nobody knows is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long where there is nobody to ask, as no replica leads. Falco's plugin comes back a second after it was sent away: waiting
    /// here is what keeps a fleet from coming again and again.
    /// </summary>
    public static readonly TimeSpan PatienceWithoutLeader = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private long _warnedAt;

    /// <summary>Whether a subscriber has to wait for the outcome.</summary>
    public bool IsEnforced => options.Value.AuthorizeNodes == NodeAuthorization.Enforce;

    /// <summary>Checks one, and ends its stream where that is to be. Ends with the stream; it never fails.</summary>
    /// <param name="peer">The address that it comes from; null where it has none, as on a Unix socket.</param>
    /// <param name="node">The node that it asks for.</param>
    /// <param name="session">Its stream.</param>
    public async Task RunAsync(IPAddress? peer, string node, StreamSession session)
    {
        if (options.Value.AuthorizeNodes == NodeAuthorization.Off) return;
        try
        {
            var (result, end) = await JudgeAsync(peer, node, session.Ended);
            metrics.NodeChecked(result);
            if (end is null) return;
            Log.ForeignSubscriber(logger, end.Status.Detail, IsEnforced ? "refused" : "let in");
            if (IsEnforced) session.End(end);
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
    }

    private async Task<(string Result, StreamEnd? End)> JudgeAsync(IPAddress? peer, string node, CancellationToken ended)
    {
        if (peer is null) return ("exempt", null);
        var plain = NodeAddress.Plain(peer);
        if (options.Value.AuthorizeExempt.Any(network => network.Contains(plain)))
        {
            if (!IPAddress.IsLoopback(plain)) return ("exempt", null);
            if (IsEnforced) WarnOfLoopback(node);
            return ("loopback", null);
        }

        var address = NodeAddress.Of(plain);
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var nodes = await FindAsync(address, ended);
            if (nodes is { Length: > 0 })
                return nodes.Contains(node, StringComparer.Ordinal) ? ("own_node", null) : ("other_node", StreamEnd.OtherNode(address, nodes[0], node));
            var left = (nodes is null ? PatienceWithoutLeader : Patience) - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return ("unknown", StreamEnd.UnknownAddress(address, node, isAnswered: nodes is not null));
            await Task.Delay(pause < left ? pause : left, time, ended);
        }
    }

    // Behind a sidecar every subscriber comes from loopback: whoever relies on the check has to hear that there is none.
    private void WarnOfLoopback(string node)
    {
        var before = Interlocked.Read(ref _warnedAt);
        if (before != 0 && time.GetElapsedTime(before) < BetweenWarnings) return;
        if (Interlocked.CompareExchange(ref _warnedAt, time.GetTimestamp(), before) == before) Log.LoopbackUnchecked(logger, node);
    }

    // Null where nobody can say.
    private async Task<string[]?> FindAsync(string address, CancellationToken ended)
    {
        try
        {
            return await addresses.FindAsync(address).WaitAsync(ended);
        }
        catch (Exception exception) when (!ended.IsCancellationRequested)
        {
            Log.AddressesUnknown(logger, address, exception);
            return null;
        }
    }
}
